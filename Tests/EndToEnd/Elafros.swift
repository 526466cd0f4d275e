import Foundation
import TestSupport
import YAML

/// The real program, run as a user runs it: words in, text and an exit code out.
struct Elafros {
    /// What a run left behind.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String

        /// Everything that a person would have read.
        var text: String { output + errors }
    }

    /// Where the program is: `ELAFROS_BINARY`, as `Tests/run.sh` sets it, else beside the sources.
    static let binary: String = {
        if let named = ProcessInfo.processInfo.environment["ELAFROS_BINARY"] { return named }
        let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return top.appendingPathComponent(".build/release/elafros").path
    }()

    /// Variables for each run, over those of the tests.
    var environment: [String: String] = [:]
    /// Words that stand before the program's own: a tracer, say.
    var wrapper: [String] = []

    /// Runs the program to its end.
    func callAsFunction(_ words: String..., input: String = "") throws -> Outcome { try run(words, input: input) }

    /// Runs the program to its end.
    func run(_ words: [String], input: String = "") throws -> Outcome {
        let files = try TemporaryFolder()
        try files.write(input, to: "in")
        for name in ["out", "err"] { try files.write("", to: name) }
        let command = wrapper + [Self.binary] + words
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.find(command[0]) ?? command[0])
        process.arguments = Array(command.dropFirst())
        var variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        variables["NO_COLOR"] = "1"
        variables["SWIFT_BACKTRACE"] = "enable=no"
        process.environment = variables
        // Files rather than pipes: nothing can fill up, and nothing has to be read while the program runs.
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: files.path("in")))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: files.path("out")))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: files.path("err")))
        try process.run()
        process.waitUntilExit()
        // A signal shows as a shell shows it, so that no crash can pass for an exit code of ours.
        let isExit = process.terminationReason == .exit
        return Outcome(
            status: isExit ? process.terminationStatus : 128 + process.terminationStatus,
            output: files.text(of: "out") ?? "",
            errors: files.text(of: "err") ?? ""
        )
    }
}

extension Elafros {
    /// The live objects of a state folder, through `elafros get -o json`.
    func objects(_ kinds: String, state: String) throws -> [Value] {
        let outcome = try self("get", kinds, "-A", "-o", "json", "--state", state)
        guard outcome.status == 0 else { return [] }
        let read = try Value(json: outcome.output)
        return read["items"]?.list ?? [read]
    }

    /// All live objects of the API and all that the engine keeps for them, without times: two states with equal digests are
    /// the same to anyone who asks.
    func digest(state: String) throws -> String {
        let kinds = "services,configurations,revisions,routes,builds,buildtemplates,workloads,splits"
        return try objects(kinds, state: state).map { $0.withoutTimes.json }.joined(separator: "\n")
    }
}

extension Value {
    /// This value without what only says when: times differ between runs that do the same.
    fileprivate var withoutTimes: Value {
        switch self {
        case .map(let map):
            let timeless = map.entries.filter {
                !["lastTransitionTime", "creationTimestamp", "resourceVersion", "start", "since"].contains($0.key)
            }
            return .map(Map(timeless.map { ($0.key, $0.value.withoutTimes) }))
        case .list(let list): return .list(list.map(\.withoutTimes))
        default: return self
        }
    }
}

/// A path remote with a work tree beside it, and a state folder: what a user of Elafros has.
final class Scene {
    let folder: TemporaryFolder
    let work: GitRepository
    let remote: GitRepository
    var elafros = Elafros()

    init(_ files: [String: String?] = [:]) throws {
        folder = try TemporaryFolder()
        work = try GitRepository(in: folder, named: "work")
        remote = try GitRepository(bare: true, in: folder, named: "remote.git")
        if !files.isEmpty { try push(files) }
    }

    var state: String { folder.path("state") }

    /// Commits the files (nil removes one) and pushes them.
    func push(_ files: [String: String?], message: String = "Change") throws {
        try work.commit(files, message: message)
        try pushCommits()
    }

    /// Pushes what stands committed.
    func pushCommits() throws { try work.git("push", "-q", "--force", remote.path, "HEAD:refs/heads/main") }

    /// `elafros sync` of the remote's branch `main`.
    func sync(_ words: String...) throws -> Elafros.Outcome {
        try elafros.run(["sync", "--repo", remote.path, "--branch", "main", "--state", state] + words)
    }

    /// The shares of a Route: `["shop-00001=75", "shop-00002=25"]`.
    func traffic(_ route: String, namespace: String = "default") throws -> [String] {
        let outcome = try elafros("get", "route", route, "-n", namespace, "-o", "json", "--state", state)
        let shares = try Value(json: outcome.output)["status"]?["traffic"]?.list ?? []
        return shares.map { share in
            let name = share["name"]?.string.map { "\($0):" } ?? ""
            return "\(name)\(share["revisionName"]?.string ?? "?")=\(share["percent"]?.int ?? -1)"
        }
    }
}

/// A Service as small as one can be; traffic moves at once, so that no test waits for a rollout.
func service(_ name: String, image: String = "registry.example.com/app:1", extra: String = "") -> String {
    """
    apiVersion: elafros.dev/v1alpha1
    kind: Service
    metadata:
      name: \(name)
      annotations:
        elafros.dev/rolloutDuration: 0s
    spec:
      runLatest:
        configuration:
          revisionTemplate:
            spec:
              container:
                image: \(image)
    \(extra)
    """
}
