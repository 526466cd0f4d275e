internal import CLibGit2
internal import Glibc

/// What a git remote or mirror can refuse.
///
/// The sentence is `doing: reason`, and the reason ends in what to do wherever there is something to do.
public struct GitError: Error, Equatable, CustomStringConvertible {
    /// The kinds that callers tell apart: retry, rebuild, or give up.
    public enum Kind: Sendable {
        /// The repository, branch, tag, commit, folder or object is not there.
        case notFound
        /// Credentials or a certificate were not accepted.
        case authentication
        /// The remote's SSH key is not in the known_hosts file.
        case hostKeyUnknown
        /// The remote did not finish in time and was cut off.
        case timeout
        /// Nobody answers at the address.
        case refused
        /// The remote took the push and declined it.
        case rejected
        /// A reference is not where it was expected to be.
        case moved
        /// The mirror cannot be read; the next fetch makes it anew.
        case damaged
        /// The operating system does not let us read or write.
        case permission
        /// The disk is full.
        case full
        /// Anything else; the reason says what.
        case other
    }

    /// Which of them this is.
    public let kind: Kind
    /// What was being done, and to what: "fetch https://git.example.com/shop". Never holds a secret.
    public let doing: String
    /// Why it failed, in libgit2's words or ours.
    public let reason: String

    /// Creates an error; `doing` and `reason` must not hold a secret.
    public init(_ kind: Kind, doing: String, reason: String) {
        self.kind = kind
        self.doing = doing
        self.reason = reason
    }

    /// The whole sentence.
    public var description: String { "\(doing): \(reason)" }
}

extension GitError {
    /// Turns a libgit2 code into an error. To be called before any other libgit2 call on this thread, since the message is
    /// kept per thread until then.
    init(libgit2 code: CInt, doing: String) {
        let last = git_error_last()
        let words = last.flatMap { $0.pointee.message }.map { String(cString: $0) } ?? "libgit2 error \(code)"
        let area = last.map { git_error_t(rawValue: UInt32(bitPattern: $0.pointee.klass)) }
        self = Self.classified(code: code, area: area, words: words, doing: doing)
    }

    private static func classified(code: CInt, area: git_error_t?, words: String, doing: String) -> GitError {
        if words.contains("No space left") || words.contains("quota exceeded") {
            return GitError(.full, doing: doing, reason: "\(words); free some space")
        }
        if words.contains("Permission denied") || words.contains("Read-only file system") {
            return GitError(.permission, doing: doing, reason: "\(words); check who owns the folder")
        }
        switch git_error_code(rawValue: code) {
        case GIT_ENOTFOUND: return GitError(.notFound, doing: doing, reason: words)
        case GIT_EAUTH: return GitError(.authentication, doing: doing, reason: words)
        case GIT_ECERTIFICATE: return GitError(.authentication, doing: doing, reason: words)
        // A lock is taken by whoever is just moving the same thing, and may be gone by now.
        case GIT_EMODIFIED, GIT_EEXISTS, GIT_ELOCKED: return GitError(.moved, doing: doing, reason: words)
        case GIT_ENONFASTFORWARD: return GitError(.rejected, doing: doing, reason: words)
        case GIT_EMISMATCH: return GitError(.damaged, doing: doing, reason: words)
        default: break
        }
        let damagedAreas = [GIT_ERROR_ODB, GIT_ERROR_ZLIB, GIT_ERROR_INDEXER, GIT_ERROR_OBJECT]
        if let area, damagedAreas.contains(area) { return GitError(.damaged, doing: doing, reason: words) }
        return GitError(.other, doing: doing, reason: words)
    }

    /// An error of the operating system, read from `errno` at once.
    init(errno code: CInt, doing: String) {
        let words = String(cString: strerror(code))
        switch code {
        case EACCES, EPERM, EROFS:
            self.init(.permission, doing: doing, reason: "\(words); check who owns the folder")
        case ENOSPC, EDQUOT: self.init(.full, doing: doing, reason: "\(words); free some space")
        case ENOENT, ENOTDIR: self.init(.notFound, doing: doing, reason: words)
        default: self.init(.other, doing: doing, reason: words)
        }
    }

    /// The same failure under another kind or with a better reason.
    func with(kind: Kind? = nil, reason: String? = nil) -> GitError {
        GitError(kind ?? self.kind, doing: doing, reason: reason ?? self.reason)
    }
}

/// Runs one libgit2 call and throws if its code says that it failed.
@discardableResult
func check(_ doing: @autoclosure () -> String, _ call: () -> CInt) throws(GitError) -> CInt {
    let code = call()
    guard code >= 0 else { throw GitError(libgit2: code, doing: doing()) }
    return code
}
