/// What became of a note on a commit.
public enum Noted: Hashable, Sendable {
    /// It says what was wanted already; nothing was written.
    case unchanged
    /// It says so from this commit of the notes on.
    case written(ObjectID, skippedHooks: [String])
}

extension Mirror {
    /// How often to build on top of notes that others move.
    private static let maxNoteAttempts = 5

    /// Has a note on a commit say something, and pushes that: all other notes stay, and what others push meanwhile does.
    ///
    /// Doing it again after a crash is harmless: a note that says so already is left alone.
    ///
    /// - Parameters:
    ///   - commit: what the note is on; git need not have it.
    ///   - name: which notes, as git's `--ref` has it: `elafros` for `refs/notes/elafros`.
    ///   - text: what the note is to say, given what it says (nil: there is none). Asked again where others were faster.
    /// - Throws: `.rejected` with the server's words if it declined the push; `.moved` where others were faster each time.
    public func annotate(
        _ commit: ObjectID,
        in name: String,
        message: String,
        author: Signature,
        signedBy key: SigningKey? = nil,
        _ text: @Sendable ([UInt8]?) -> [UInt8]
    ) throws(GitError) -> Noted {
        let reference = "refs/notes/\(name)"
        let doing = "publish \(reference) to \(remote)"
        for _ in 0..<Self.maxNoteAttempts {
            let side = try connect(toPush: true)
            let head = try side.target(of: reference)
            var mirror = try usableOrNew()
            if let head, !mirror.hasCommit(head) { mirror = try fetch(reference, at: head, from: try connect()) }
            let base = try head.map { id throws(GitError) in try mirror.tree(of: id) } ?? .emptyTree
            let place = try mirror.notePlace(of: commit, in: base)
            let old = try place.blob.map { id throws(GitError) in try mirror.note(id) }
            let new = text(old)
            if new == old { return .unchanged }
            var builder = CommitBuilder(mirror, doing: doing)
            let tree = try builder.apply([FileChange(path: place.path, content: new)], to: base)
            let id = try builder.commit(tree: tree, parent: head, message: message, author: author, signedBy: key)
            let notes = NewCommit(id: id, expected: head, objects: builder.newObjects, pack: nil)
            switch try push(notes, to: reference, through: side, from: mirror) {
            case .pushed(let id, let skippedHooks): return .written(id, skippedHooks: skippedHooks)
            case .unchanged, .moved: continue
            }
        }
        let reason = "they moved \(Self.maxNoteAttempts) times while a note was pushed; sync again"
        throw GitError(.moved, doing: doing, reason: reason)
    }
}

extension Repository {
    /// From how many entries of a folder on new notes go one folder deeper: about where git spreads them itself.
    private static let fullFolder = 256

    /// Where a note on a commit stands in a tree of notes, or is to stand.
    ///
    /// Git names a note by the commit's digits, and spreads many over folders, each of two digits (`ab/cd/ef…`); its readers
    /// take any mixture of depths.
    fileprivate func notePlace(of commit: ObjectID, in root: ObjectID) throws(GitError) -> (
        path: String, blob: ObjectID?
    ) {
        var (path, rest, folder) = ("", Substring(commit.hex), root)
        while true {
            let tree = try tree(folder)
            if let note = tree.entry(named: rest.utf8), !note.mode.isFolder { return (path + rest, note.id) }
            let (digits, deeper) = (rest.prefix(2), rest.dropFirst(2))
            guard let next = tree.entry(named: digits.utf8), next.mode.isFolder, !deeper.isEmpty else {
                let isFull = tree.entries.count >= Self.fullFolder && !deeper.isEmpty
                return (path + (isFull ? "\(digits)/\(deeper)" : rest), nil)
            }
            (path, rest, folder) = (path + "\(digits)/", deeper, next.id)
        }
    }

    fileprivate func note(_ id: ObjectID) throws(GitError) -> [UInt8] {
        guard case .bytes(let bytes) = try blob(id, maxBytes: .max) else { return [] }
        return bytes
    }
}
