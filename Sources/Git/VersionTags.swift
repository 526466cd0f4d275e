/// The tags of a remote that name versions.
struct VersionTags {
    /// Each tag with its version, the newest first. Of equal versions the one whose name comes last is first: `1.4.0+8`
    /// before `1.4.0+7`.
    private let tags: [(version: SemanticVersion, name: String)]
    private let otherCount: Int

    /// - Parameter references: all of the remote's references, by their whole names.
    init(_ references: [String]) {
        let prefix = "refs/tags/"
        // What a tag with a message leads to is advertised as `tag^{}`, and is no tag of its own.
        let names = references.filter { $0.hasPrefix(prefix) && !$0.hasSuffix("^{}") }
            .map { String($0.dropFirst(prefix.count)) }
        let versions = names.compactMap { name in SemanticVersion(name).map { ($0, name) } }
        tags = versions.sorted { ($1.0, $1.1) < ($0.0, $0.1) }
        otherCount = names.count - tags.count
    }

    /// The tag of the newest version that is wanted, by its whole name. Throws `.notFound` with what there is instead.
    func newest(in range: VersionRange, doing: String) throws(GitError) -> String {
        if let newest = tags.first(where: { range.contains($0.version) }) { return "refs/tags/\(newest.name)" }
        throw GitError(.notFound, doing: doing, reason: "no tag is one of \(Follow.versions(range)); \(hint)")
    }

    private var hint: String {
        guard let newest = tags.first else {
            let others =
                switch otherCount {
                case 0: "there is no tag at all"
                case 1: "the one tag is no version"
                default: "none of the \(otherCount) tags is a version"
                }
            return "\(others): tag a commit as 1.2.3 or v1.2.3"
        }
        let some = tags.prefix(5).map(\.name).joined(separator: ", ")
        let rest = tags.count > 5 ? " and \(tags.count - 5) older" : ""
        let isHeldBack = !newest.version.prerelease.isEmpty && tags.allSatisfy { !$0.version.prerelease.isEmpty }
        return "there are \(some)\(rest)" + (isHeldBack ? "; name a pre-release to follow them, as in >=0.0.0-0" : "")
    }
}
