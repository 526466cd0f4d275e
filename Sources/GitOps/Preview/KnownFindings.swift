internal import Resources
internal import YAML

/// What the base alone says, told from what the merge brings: each thing as often as it is said.
struct KnownFindings {
    /// What both say of the same place.
    private var same: Set<Finding>
    /// The rest, as often as it is said.
    private var moved: [Said: Int]

    init(_ base: [Finding], besides merged: [Finding]) {
        let same = Set(base).intersection(merged)
        self.same = same
        moved = Dictionary(base.filter { !same.contains($0) }.map { (Said($0), 1) }, uniquingKeysWith: +)
    }

    /// Whether the base says it too; each is taken once.
    mutating func take(_ finding: Finding) -> Bool {
        if same.contains(finding) { return true }
        guard let count = moved[Said(finding)], count > 0 else { return false }
        moved[Said(finding)] = count - 1
        return true
    }

    /// A finding but for its place, and for numbers behind a colon, which are lines where it names other places: neither a
    /// line more above it nor another name of the file makes an old error a new one.
    private struct Said: Hashable {
        /// Nil where the object tells enough.
        let path: String?
        let message: String
        let key: Key?

        init(_ finding: Finding) {
            key = finding.key
            path = finding.key == nil ? finding.path : nil
            var isLine = false
            message = finding.diagnostic.message.filter { character in
                isLine = character == ":" || isLine && character.isASCII && character.isNumber
                return !isLine
            }
        }
    }
}
