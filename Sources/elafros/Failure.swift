internal import Git
internal import GitOps
internal import Glibc
internal import Resources
internal import Store
internal import YAML

/// Why a command ends without having done its work: where, what, what to do, and the exit code.
///
/// Every error of every module becomes one of these before it is printed, in this file alone.
struct Failure: Error, Hashable, Sendable {
    /// The exit code.
    let code: ExitCode
    /// What it is about: a path, a remote, an object. Empty where the message says it all.
    let place: String
    /// What is wrong, and what to do about it.
    let message: String

    /// A failure of our own making.
    init(_ code: ExitCode, _ place: String, _ message: String) {
        self.code = code
        self.place = place
        self.message = message
    }

    /// A call of the operating system on a file that failed with `number`.
    static func file(_ path: String, _ doing: String, _ number: CInt) -> Failure {
        Failure(.cannotRun, path, "cannot \(doing): \(String(cString: strerror(number)))")
    }
}

extension Failure {
    /// What a Sync failed with, as it is shown: where its secrets come from depends on who names it.
    init(_ error: any Error, of sync: SyncDefinition) {
        if let error = error as? GitError, error.kind == .authentication, sync.options.isOfFile {
            let file = sync.child == nil ? "" : " of the local file"
            self.init(
                .cannotRun,
                "",
                "\(error) (the Sync's spec.secretRef names Credentials\(file); what they hold is used)"
            )
        } else {
            self.init(error)
        }
    }

    /// Any error, as it is shown.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as StoreError: self.init(error.exitCode, "", "\(error)")
        case let error as GitError:
            self.init(.cannotRun, "", "\(error)\(error.kind == .authentication ? Self.ways : "")")
        case let error as SyncError:
            self.init([.suspended, .defined].contains(error.kind) ? .refused : .cannotRun, "", "\(error)")
        case let error as CredentialsGrant.Missing: self.init(.cannotRun, "", "\(error)")
        case let error as ReportError: self.init(.cannotRun, "", "\(error)")
        case let error as ResourcesError: self.init(.invalid, "", "\(error)")
        case let error as YAMLError: self.init(.invalid, "", "\(error)")
        case is CancellationError: self.init(.cannotRun, "", "interrupted")
        default: self.init(.cannotRun, "", "\(error)")
        }
    }

    /// Where credentials come from: only the program knows, not what asks for them.
    private static let ways = """
         (ELAFROS_GIT_TOKEN, or ELAFROS_GIT_USERNAME and ELAFROS_GIT_PASSWORD; for ssh ELAFROS_GIT_SSH_KEY; for an authority \
        ELAFROS_GIT_CA_FILE)
        """

    /// The sentence after `elafros: `.
    var sentence: String { place.isEmpty ? message : "\(place): \(message)" }

    /// For `-o json` and `-o yaml`.
    var value: Value {
        var error: Map = ["message": .string(message), "exitCode": .int(Int(code.rawValue))]
        if !place.isEmpty { error["where"] = .string(place) }
        return ["error": .map(error)]
    }
}

extension StoreError {
    fileprivate var exitCode: ExitCode {
        switch kind {
        case .busy: .busy
        case .notFound: .different
        default: .cannotRun
        }
    }
}
