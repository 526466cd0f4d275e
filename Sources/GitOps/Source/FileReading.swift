internal import Git
internal import Resources
internal import YAML

/// What one file of the followed tree says now.
struct FileReading: Sendable {
    /// The path as git has it.
    let path: GitPath
    /// The blob, or for a submodule the commit.
    let id: ObjectID
    /// The documents, in the order of the file.
    var documents: [DocumentReading] = []
    /// What was found about the file, and about no document in particular.
    var messages: [Diagnostic] = []
    /// Whether the file may name more objects than its documents tell: then all that it last gave is held back. So it is
    /// where a document is invalid, even if its key can be read: the key itself may be what its author mistyped.
    var mayNameMore = false
}

extension FileReading {
    /// Whether the file may name more objects than its documents tell, and that is an error which someone will mend. A
    /// submodule is none, nor is a link that may lead to a folder.
    var isBroken: Bool {
        mayNameMore && (documents.contains(where: \.isInvalid) || messages.contains { $0.severity == .error })
    }
}

/// What one document of a file says.
struct DocumentReading: Sendable {
    /// What it turned out to be.
    enum Content: Sendable {
        /// An object of ours.
        case desired(Desired)
        /// None of ours.
        case skipped
        /// One of ours that breaks the rules; the key where it could be read.
        case invalid(claimed: Key?)
    }

    /// Where it begins.
    let position: Position?
    /// What it turned out to be.
    let content: Content
    /// What was found about it.
    let messages: [Diagnostic]

    /// Whether it is one of ours that breaks the rules.
    var isInvalid: Bool { if case .invalid = content { true } else { false } }

    /// The object that it names.
    var key: Key? {
        switch content {
        case .desired(let desired): desired.key
        case .skipped: nil
        case .invalid(let claimed): claimed
        }
    }
}
