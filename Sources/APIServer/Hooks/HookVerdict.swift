/// What a delivery comes to.
public enum HookVerdict: Hashable, Sendable {
    /// Something was pushed, so that a poll is worth its while.
    ///
    /// Only a hint: what is synced is what the remote has then, whatever the delivery says.
    ///
    /// - Parameters:
    ///   - reference: the full name of what moved, `refs/heads/main`; nil where the delivery does not say so readably.
    ///   - commit: where it stands now, in hex; nil where that is not said, or it was deleted.
    case push(reference: String?, commit: String?)
    /// The forge tries the hook out.
    case ping
    /// Something happened that no sync is about.
    case ignored(event: String)
    /// A delivery that was taken before.
    case repeated
    /// It is not from the forge, or its secret is not the hook's.
    case refused(Refusal)

    /// Why a delivery is not believed: for the log; whoever sent it is not told.
    public enum Refusal: Hashable, Sendable {
        /// The provider's header is not there.
        case signatureMissing
        /// It was made with another secret, or over another body.
        case signatureWrong
        /// There is only the old signature, whose hash can be forged.
        case sha1Only
    }
}

extension HookVerdict {
    /// One word for programs: `push`, `ping`, `ignored`, `repeated` or `refused`.
    public var word: String {
        switch self {
        case .push: "push"
        case .ping: "ping"
        case .ignored: "ignored"
        case .repeated: "repeated"
        case .refused: "refused"
        }
    }
}

extension HookVerdict.Refusal: CustomStringConvertible {
    /// What is wrong and what to do, as a sentence without its end.
    public var description: String {
        switch self {
        case .signatureMissing: "the delivery is not signed; set the hook's secret at the forge"
        case .signatureWrong: "the signature is wrong; set the same secret at the forge and here"
        case .sha1Only: "the delivery has only a SHA-1 signature; have it signed with SHA-256"
        }
    }
}
