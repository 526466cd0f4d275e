internal import CLibGit2

/// Who wrote a commit, and when.
public struct Signature: Hashable, Sendable {
    /// The name, without the characters that git does not allow in it.
    public let name: String
    /// The address, without the characters that git does not allow in it.
    public let email: String
    /// Milliseconds since 1970 in UTC. Git keeps whole seconds.
    public let milliseconds: Int64

    /// Creates a signature. Line ends, `<` and `>` are dropped: they would end the field in the commit.
    public init(name: String, email: String, milliseconds: Int64) {
        func clean(_ text: String) -> String {
            String(text.unicodeScalars.filter { $0.value >= 0x20 && $0 != "<" && $0 != ">" })
        }
        self.name = clean(name)
        self.email = clean(email)
        self.milliseconds = milliseconds
    }

    /// The line of a commit.
    var line: String { "\(name) <\(email)> \(milliseconds / 1000) +0000" }
}

/// What a commit says about itself.
public struct CommitInfo: Hashable, Sendable {
    /// The commit.
    public let id: ObjectID
    /// Its tree.
    public let tree: ObjectID
    /// Those it follows; none for the first, two or more for a merge.
    public let parents: [ObjectID]
    /// Who wrote it, and when.
    public let author: Signature
    /// The whole message. Bytes that are not UTF-8 are replaced.
    public let message: String

    /// The first line of the message.
    public var subject: String {
        String(message.drop(while: \.isNewline).prefix { !$0.isNewline })
    }

    /// Anyone can write a commit whose date lies further off than milliseconds can count.
    private static func milliseconds(_ seconds: Int64) -> Int64 {
        let (product, isTooFar) = seconds.multipliedReportingOverflow(by: 1000)
        return isTooFar ? (seconds < 0 ? .min : .max) : product
    }

    init(id: ObjectID, commit: OpaquePointer) {
        self.id = id
        tree = ObjectID(git_commit_tree_id(commit).pointee)
        parents = (0..<git_commit_parentcount(commit)).map { ObjectID(git_commit_parent_id(commit, $0).pointee) }
        message = git_commit_message(commit).map { String(cString: $0) } ?? ""
        let signature = git_commit_author(commit)
        author = Signature(
            name: signature.flatMap { $0.pointee.name }.map { String(cString: $0) } ?? "",
            email: signature.flatMap { $0.pointee.email }.map { String(cString: $0) } ?? "",
            milliseconds: Self.milliseconds(signature?.pointee.when.time ?? 0)
        )
    }
}
