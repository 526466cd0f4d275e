import Engine
import Git
import Resources
import Store
import YAML

@testable import GitOps

/// A state to report on, filled by the real engine from manifests, without a repository.
struct ReportWorld {
    var state: Store::State
    var now = Instant(milliseconds: 1_527_768_960_000)
    var runtime = SimulatedRuntime(.assumed)
    private(set) var commit = ""
    private var commits = 0

    static let sync = Key(.sync, "", "shop")

    init(id: String = "c0ffee") throws {
        state = State(id: id)
        try addSync("shop", reportBranch: "status")
    }

    mutating func addSync(_ name: String, reportBranch: String) throws {
        let spec: Value = [
            "url": "https://git.example.com/shop", "branch": "main", "namespace": "default",
            "reportBranch": .string(reportBranch),
        ]
        let sync = Object(
            kind: .sync,
            metadata: Metadata(name: name, namespace: ""),
            spec: spec,
            status: .sync(SyncStatus())
        )
        try state.apply([.put(sync), .setStatus(sync.key, .sync(SyncStatus()))], at: now)
    }

    /// Applies files as a commit would; nil removes one.
    mutating func push(_ files: [(path: String, text: String?)], sync: String = "shop") throws {
        commits += 1
        commit = String(repeating: String(commits % 10), count: 40)
        var changes: [Change] = []
        for (path, text) in files {
            let key = ManifestRecord.key(sync: sync, path: path)
            let old = state[key].map(ManifestRecord.init)
            var record = ManifestRecord(sync: sync, path: path, blob: Checksum((text ?? "").utf8).hex)
            if let text { changes += read(text, into: &record) }
            for key in old?.documents.compactMap(\.key) ?? [] where !record.documents.contains(where: { $0.key == key })
            {
                changes.append(.delete(key, .background))
            }
            changes.append(text == nil ? .delete(key, .background) : .put(record.object))
            changes.append(.mark(key, .unreported))
        }
        try state.apply(changes, at: now)
        let held = state.keys(.manifestFile).filter { $0.namespace == sync }
            .compactMap { state[$0].map(ManifestRecord.init)?.heldBackCount }.reduce(0, +)
        var status = state[Key(.sync, "", sync)]?.syncStatus ?? SyncStatus()
        status.commit = commit
        status.heldBack = held
        try state.apply([.setStatus(Key(.sync, "", sync), .sync(status))], at: now)
    }

    private func read(_ text: String, into record: inout ManifestRecord) -> [Change] {
        var changes: [Change] = []
        for document in YAMLParser().parse(text).documents {
            switch ManifestReader().read(document.root) {
            case .desired(let desired, _):
                let origin = Origin(
                    sync: record.sync,
                    path: record.path,
                    line: desired.position?.line ?? 1,
                    commit: state[desired.key]?.origin?.lastApplied == desired.lastApplied
                        ? state[desired.key]?.origin?.commit ?? commit : commit,
                    lastApplied: desired.lastApplied
                )
                let live = state[desired.key]
                let draft = live.map { desired.applied(over: $0, lastApplied: $0.origin?.lastApplied) } ?? desired.draft
                changes.append(.put(draft.with(origin: .some(origin))))
                record.documents.append(.init(position: desired.position, key: desired.key, outcome: .applied))
            case .skipped, .configuration:
                let note = Diagnostic(.note, at: document.root.position, "skipped: kind of another group")
                record.documents.append(
                    .init(position: document.root.position, key: nil, outcome: .skipped, messages: [note])
                )
            case .invalid(let messages, let key):
                record.documents.append(
                    .init(position: document.root.position, key: key, outcome: .heldBack(.invalid), messages: messages)
                )
            }
        }
        return changes
    }

    /// Runs the engine until nothing moves.
    mutating func rest() throws {
        var run = RunToRest(runtime: runtime)
        let outcome = try run.run(&state, from: now)
        runtime = run.runtime
        now = outcome.end + .seconds(60)
    }

    /// Runs the engine for some time only.
    mutating func run(for time: Duration) throws {
        var run = RunToRest(runtime: runtime)
        run.maximumTime = time
        now = try run.run(&state, from: now).end
        runtime = run.runtime
    }

    /// Notes that all was reported.
    mutating func reported() throws {
        let marked = state.marked(.unreported)
        try state.apply(marked.map { .unmark($0, .unreported, ifVersionAtMost: .max) }, at: now)
    }

    var scope: ReportScope {
        get throws {
            guard let sync = state[Self.sync] else { throw ReportError(.notFound, path: "", "no Sync") }
            return ReportScope(of: sync, at: .branch, in: state)
        }
    }

    /// The whole report, by path.
    func report() async throws -> [String: String] {
        let update = try await ReportUpdate.make(of: state, scope, previous: nil, isFull: true)
        var files: [String: String] = [:]
        for file in update.files { files[file.path] = file.content.map { String(decoding: $0, as: UTF8.self) } }
        return files
    }

    /// What changes in a report that showed the state before.
    func update(of files: inout [String: String]) async throws -> Set<String> {
        let previous = files[ReportPath.summary].flatMap { ReportSummary(text: Array($0.utf8)) }
        let update = try await ReportUpdate.make(of: state, scope, previous: previous, isFull: false)
        var changed: Set<String> = []
        for file in update.files {
            let text = file.content.map { String(decoding: $0, as: UTF8.self) }
            if files[file.path] != text { changed.insert(file.path) }
            files[file.path] = text
        }
        return changed
    }
}

/// Manifests in the shapes that people write.
enum Manifests {
    static func service(_ name: String, image: String, namespace: String? = nil, env: [(String, String)] = []) -> String
    {
        let variables = env.map { "\n              - name: \($0.0)\n                value: \"\($0.1)\"" }.joined()
        return """
            apiVersion: elafros.dev/v1alpha1
            kind: Service
            metadata:
              name: \(name)\(namespace.map { "\n  namespace: \($0)" } ?? "")
            spec:
              runLatest:
                configuration:
                  revisionTemplate:
                    spec:
                      container:
                        image: \(image)\(env.isEmpty ? "" : "\n            env:" + variables)

            """
    }

    static func pinned(_ name: String, revision: String, image: String) -> String {
        """
        apiVersion: elafros.dev/v1alpha1
        kind: Service
        metadata:
          name: \(name)
        spec:
          pinned:
            revisionName: \(revision)
            configuration:
              revisionTemplate:
                spec:
                  container:
                    image: \(image)

        """
    }

    static func building(_ name: String) -> String {
        """
        apiVersion: elafros.dev/v1alpha1
        kind: Service
        metadata:
          name: \(name)
        spec:
          runLatest:
            configuration:
              build:
                source:
                  git:
                    url: https://git.example.com/code
                    branch: main
                steps:
                - image: builder:1
              revisionTemplate:
                spec:
                  container:
                    image: registry.example.com/\(name)

        """
    }

    static let routeAndConfiguration = """
        apiVersion: elafros.dev/v1alpha1
        kind: Route
        metadata:
          name: route-example
        spec:
          traffic:
          - configurationName: configuration-example
            percent: 100
        ---
        apiVersion: elafros.dev/v1alpha1
        kind: Configuration
        metadata:
          name: configuration-example
        spec:
          revisionTemplate:
            spec:
              container:
                image: helloworld:1

        """
}
