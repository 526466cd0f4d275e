internal import CLibGit2

/// A commit as git stores it, to the byte: fields, each a line and the indented ones after it, then the message.
///
/// What reads single fields loses the rest (encodings, time zones, what other tools wrote); here it stays as it is.
struct StoredCommit {
    /// The fields with their line ends, in order.
    private var fields: [ArraySlice<UInt8>] = []
    /// The empty line, and the message.
    private let message: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count, bytes[start] != Self.lineEnd {
            let end = bytes[start...].firstIndex(of: Self.lineEnd).map { $0 + 1 } ?? bytes.count
            // A line that begins with a space goes on with the field before it.
            if bytes[start] == UInt8(ascii: " "), let last = fields.popLast() {
                fields.append(bytes[last.startIndex..<end])
            } else {
                fields.append(bytes[start..<end])
            }
            start = end
        }
        message = bytes[start...]
    }

    /// The whole commit.
    var bytes: [UInt8] { Array(fields.joined()) + message }

    /// Takes out all fields of a name.
    mutating func remove(_ name: String) {
        fields.removeAll { Self.isField($0, name) }
    }

    /// Adds a field after all others; each line of the value but the first goes on in a line that begins with a space.
    ///
    /// - Parameter value: lines, of which the last ends as well.
    mutating func add(_ name: String, _ value: String) {
        let lines = value.split(separator: "\n")
        fields.append(Array("\(name) \(lines.joined(separator: "\n "))\n".utf8)[...])
    }

    /// The value of the first field of a name, its lines without the space before them.
    func value(of name: String) -> String? {
        guard let field = fields.first(where: { Self.isField($0, name) }) else { return nil }
        let text = String(decoding: field.dropFirst(name.utf8.count + 1), as: UTF8.self)
        return text.split(separator: "\n").map { $0.hasPrefix(" ") ? $0.dropFirst() : $0 }.joined(separator: "\n")
    }

    /// Has the commit follow others than it did.
    mutating func setParents(_ parents: [ObjectID]) {
        remove("parent")
        // After the tree, which comes first.
        fields.insert(contentsOf: parents.map { Array("parent \($0)\n".utf8)[...] }, at: min(1, fields.count))
    }

    private static let lineEnd = UInt8(ascii: "\n")

    private static func isField(_ field: ArraySlice<UInt8>, _ name: String) -> Bool {
        field.starts(with: "\(name) ".utf8)
    }
}

extension Repository {
    /// A commit as it is stored.
    func storedCommit(_ id: ObjectID) throws(GitError) -> StoredCommit {
        try withObject(id, GIT_OBJECT_COMMIT) { bytes throws(GitError) in StoredCommit(Array(bytes)) }
    }
}
