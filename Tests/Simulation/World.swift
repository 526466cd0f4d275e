import Engine
import Foundation
import Git
import GitOps
import Resources
import Store
import Synchronization
import TestSupport
import YAML

/// One seed's world: a remote, a process that follows it, and all that is outside of both.
final class World {
    let circumstances: Circumstances
    let outside: Outside
    /// Whether faults that are known, and wait for somebody to mend them, count. See the tests of found seeds.
    let isStrict: Bool
    /// The files at the tip of the followed branch, and those of each commit before.
    private(set) var history: [(commit: ObjectID, files: Files)] = []
    /// The files of all commits that ever were, also of those that a push with force took away.
    private(set) var past: [Files] = []
    private var filesByCommit: [String: Files] = [:]
    private(set) var process: Process
    private(set) var follower: Follower
    private let folder: TemporaryFolder
    private let author: Mirror
    private var order = 0
    private var lostDisks = 0
    /// The Syncs whose report the branch holds: with all of them there, a lost disk is no loss.
    private var reported: Set<String> = []
    /// Whether the disk is empty and the next sync rebuilds it.
    private var isBlank = false

    /// What ends with the process.
    struct Process {
        let store: Store
        let clock: SystemClock
    }

    static let branch = "status"

    init(seed: UInt64, _ circumstances: Circumstances, isStrict: Bool) async throws {
        self.isStrict = isStrict
        self.circumstances = circumstances
        outside = Outside(seed: seed)
        folder = try TemporaryFolder()
        let path = folder.path("remote.git")
        for name in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        }
        try Data("ref: refs/heads/main\n".utf8).write(to: URL(fileURLWithPath: "\(path)/HEAD"))
        let config = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
        try Data(config.utf8).write(to: URL(fileURLWithPath: "\(path)/config"))
        try FileManager.default.createDirectory(atPath: folder.path("state"), withIntermediateDirectories: true)
        author = Mirror(
            folder: folder.path("author.git"),
            remote: try RemoteURL(path),
            credentials: Credentials(),
            timeout: .seconds(60)
        )
        process = try Self.open(outside, circumstances, folder, lostDisks: 0)
        follower = Follower(process.store.state, after: nil)
        try await publish(Files())
    }

    var files: Files { history.last?.files ?? Files() }
    var state: Store::State { process.store.state }
    var syncs: [String] { circumstances.folders.map(Self.name) }

    private static func name(of folder: String) -> String { folder.isEmpty ? "shop" : folder }
}

// MARK: - The process

extension World {
    private static func open(
        _ outside: Outside,
        _ circumstances: Circumstances,
        _ folder: TemporaryFolder,
        lostDisks: Int
    ) throws -> Process {
        let id = "state-\(lostDisks)"
        let place = StateFolder(path: folder.path("state"))
        let real = circumstances.hasRealDisk ? try Store.journal(in: place, newID: id) : nil
        let store = try Store.open(journal: FaultyJournal(outside, real: real, newID: id))
        let clock = SystemClock(notBefore: store.facts.lastInstant) { outside[\.wall] }
        return Process(store: store, clock: clock)
    }

    /// Another process begins with what is on the disk.
    private func boot() async throws {
        outside.with {
            $0.isDead = false
            // Whoever was about to edit did so through the process that is gone.
            $0.meanwhile = nil
        }
        process = try Self.open(outside, circumstances, folder, lostDisks: lostDisks)
        follower = Follower(try process.store.load(), after: follower)
        guard circumstances.isDaemon, !isBlank else { return }
        // As `serve` does when it begins.
        let now = process.clock.now()
        try await process.store.commit(durably: false) { state in
            _ = try state.apply(state.keys(.workload).map { .mark($0, .wished) }, at: now)
        }
    }

    private func restart() async throws {
        do { try await process.store.close() } catch  where outside[\.faults] > 0 {
            // What could not be written is lost, as after a crash.
            outside.note("closed on a bad disk")
        }
        try await boot()
    }

    private var builder: SimulatedBuilds? { circumstances.hasBuilder ? SimulatedBuilds(outside: outside) : nil }

    private var settings: EngineSettings { EngineSettings(hasBuilder: circumstances.hasBuilder) }

    private var reorder: (@Sendable ([Key]) -> [Key])? {
        guard order > 0 else { return nil }
        let seed = UInt64(order)
        return { keys in
            keys.map { (SplitMix64.hash($0.path, seed: seed), $0) }.sorted { $0 < $1 }.map(\.1)
        }
    }

    private func driver(mayBeDisturbed: Bool = true) -> Driver {
        var engine = Engine(settings)
        engine.reorder = reorder
        let (outside, clock) = (outside, process.clock)
        return Driver(
            store: process.store,
            engine: engine,
            runtime: SimulatedContainers(outside: outside, clock: clock, mayBeDisturbed: mayBeDisturbed),
            builder: builder,
            clock: clock,
            sleep: { try outside.sleep(until: $0, by: clock) }
        )
    }

    private func mirror(_ name: String) throws -> Mirror {
        let store = process.store
        return Mirror(
            folder: folder.path("\(name).git"),
            remote: author.remote,
            credentials: Credentials(),
            timeout: .seconds(60),
            fault: outside.remoteFault { store.state.version }
        )
    }

    private func options(_ folder: String, isPatient: Bool) -> SyncOptions {
        var options = SyncOptions(remote: author.remote, path: folder, name: Self.name(of: folder))
        options.allowsEmpty = true
        options.maxPrunePercent = 100
        options.wait = isPatient ? .progressing : .applied
        options.reportBranch = Self.branch
        return options
    }
}

// MARK: - Acting

extension World {
    /// Does one thing, and says what is wrong after it.
    func act(_ action: Action) async throws -> [String] {
        let before = outside[\.faults]
        let faults = try await perform(action)
        if outside[\.faults] > before { outside.note("a fault had an effect") }
        return faults
    }

    /// Does something with the process as it is, follows what its watch tells of it, and begins another process where
    /// this one died.
    private func observing(
        _ context: Follower.Context = .init(),
        _ body: () async throws -> [String]
    ) async throws -> [String] {
        var context = context
        if outside.with({ $0.meanwhile != nil }) { context.isAnythingTouched = true }
        let store = process.store
        let collector = Collector(try await store.events(after: store.state.version))
        var faults = try await body()
        for batch in await collector.finish() { faults += follower.follow(batch, context) }
        faults += follower.faults(against: store.state)
        if outside.with({ content in
            defer { content.unwrittenPushes = 0 }
            return content.unwrittenPushes
        }) > 0 {
            faults.append("push: a report tells of what is not on the disk")
        }
        if outside[\.isDead] { try await boot() }
        return faults
    }

    private func applies(_ action: Action) {
        outside.note("action \(action.name)")
        for name in action.names { outside.note(name) }
    }

    private func perform(_ action: Action) async throws -> [String] {
        switch action {
        case .commit(let edits): try await commit(edits)
        case .rollBack(let count):
            guard history.count > count else { return [] }
            applies(action)
            try await publish(history[history.count - 1 - count].files)
        case .forcePush(let count):
            guard history.count > count else { return [] }
            applies(action)
            history.removeLast(count)
            guard let tip = history.last?.commit else { return [] }
            try Data("\(tip.hex)\n".utf8).write(to: URL(fileURLWithPath: folder.path("remote.git/refs/heads/main")))
        case .sync(let number, let isPatient):
            applies(action)
            return try await sync(circumstances.folders[number % circumstances.folders.count], isPatient: isPatient)
                .faults
        case .drive(let seconds):
            guard circumstances.isDaemon, !isBlank else { return [] }
            applies(action)
            return try await drive(.seconds(seconds))
        case .pass(let seconds):
            applies(action)
            outside.with { $0.wall = $0.wall + .seconds(seconds) }
        case .jump(let seconds):
            applies(action)
            outside.with { $0.wall = $0.wall + .seconds(seconds) }
        case .hand(let edit):
            guard !isBlank else { return [] }
            return try await hand(edit)
        case .workload(let number, let fate):
            guard circumstances.isDaemon, !isBlank else { return [] }
            return try await turn(number, fate, action)
        case .build(let number, let succeeds):
            guard circumstances.hasBuilder, !isBlank else { return [] }
            return try await build(number, succeeds, action)
        case .crash(let effects):
            applies(action)
            outside.with { $0.fuse = effects }
        case .disk(let fault, let after, let count):
            applies(action)
            outside.with { $0.diskFault = (fault, after, count) }
        case .remote(let wrong, let after):
            applies(action)
            outside.with { $0.remoteFault = (wrong, after) }
        case .foreignPush(let isMeanwhile):
            applies(action)
            try await foreignPush(isMeanwhile: isMeanwhile)
        case .meanwhile(let edit):
            guard circumstances.isDaemon, !isBlank else { return [] }
            applies(action)
            disturb(edit)
        case .twins(let effects):
            guard !circumstances.hasRealDisk, !isBlank else { return [] }
            applies(action)
            return try await twins(killedAfter: effects)
        case .restart:
            applies(action)
            try await restart()
        case .loseDisk: try await loseDisk(action)
        case .loseMirror:
            applies(action)
            for name in syncs { try? FileManager.default.removeItem(atPath: folder.path("\(name).git")) }
        case .order(let order):
            applies(action)
            self.order = order
        case .quiet:
            applies(action)
            return try await quiet()
        }
        return []
    }

    private func loseDisk(_ action: Action) async throws {
        // One without a report would begin anew, and is another state.
        guard reported == Set(syncs), !isBlank else { return }
        applies(action)
        try? await process.store.close()
        try emptyDisk()
        try await boot()
    }

    private func emptyDisk() throws {
        lostDisks += 1
        isBlank = true
        outside.with {
            $0.disk = Outside.Disk()
            $0.containers = [:]
            $0.meanwhile = nil
        }
        for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: folder.path("state/\(name)"))
        }
    }
}

// MARK: - The followed branch

extension World {
    private func commit(_ edits: [Action.Edit]) async throws {
        var files = files
        var hasChanged = false
        for edit in edits where files.apply(edit) {
            applies(.commit([edit]))
            hasChanged = true
        }
        if hasChanged { try await publish(files) }
    }

    private func publish(_ files: Files) async throws {
        let new = files.texts(in: circumstances.folders)
        let old = history.isEmpty ? [:] : self.files.texts(in: circumstances.folders)
        var changes: [FileChange] = []
        for path in Set(new.keys).union(old.keys).sorted() where new[path] != old[path] {
            changes.append(FileChange(path: path, content: new[path].map { Array($0.utf8) }))
        }
        guard !changes.isEmpty else { return }
        let published = try await author.publish(
            branch: "main",
            parent: history.last?.commit,
            changes: changes,
            message: "commit \(history.count)\n",
            author: signature
        )
        guard case .pushed(let id, _) = published else { throw Defect("the commit was not published: \(published)") }
        history.append((id, files))
        filesByCommit[id.hex] = files
        past.append(files)
    }

    private var signature: Signature {
        Signature(name: "Ann", email: "ann@example.com", milliseconds: outside[\.wall].milliseconds)
    }

    private func foreignPush(isMeanwhile: Bool) async throws {
        guard let head = try await author.fetchBranch(Self.branch) else { return }
        let published = try await author.publish(
            branch: Self.branch,
            parent: head,
            changes: [FileChange(path: "foreign.txt", content: Array("\(outside[\.wall])".utf8))],
            message: "a note\n",
            author: signature
        )
        guard isMeanwhile, case .pushed(let id, _) = published else { return }
        // The commit stays on the remote; only the branch goes back, to move again in the middle of the other's push.
        let reference = URL(fileURLWithPath: folder.path("remote.git/refs/heads/\(Self.branch)"))
        try Data("\(head.hex)\n".utf8).write(to: reference)
        outside.with {
            $0.foreignPush = {
                let now = (try? String(contentsOf: reference, encoding: .utf8)) ?? ""
                // Somebody who sees another head than they built upon pushes nothing.
                if now.hasPrefix(head.hex) { try? Data("\(id.hex)\n".utf8).write(to: reference) }
            }
        }
    }
}

// MARK: - Syncing

extension World {
    /// Runs one sync.
    func sync(_ folder: String, isPatient: Bool) async throws -> (result: SyncResult?, faults: [String]) {
        let name = Self.name(of: folder)
        if !circumstances.isDaemon {
            // A process each: its events are told of by its own store.
            try await restart()
        }
        let generations = respelledGenerations(name)
        let context = Follower.Context(sync: name, heldBack: heldBack(), isRebuilding: isBlank)
        let (faultsBefore, pushesBefore, outside, clock) = (
            outside[\.faults], outside[\.pushes], outside, process.clock
        )
        var run = SyncRun(
            options(folder, isPatient: isPatient),
            store: process.store,
            mirror: try mirror(name),
            settings: settings,
            runtime: SimulatedContainers(outside: outside, clock: clock, mayBeDisturbed: circumstances.isDaemon),
            builder: builder,
            clock: clock,
            sleep: { try outside.sleep(until: $0, by: clock) }
        )
        run.reorder = reorder
        var result: SyncResult?
        var faults = try await observing(context) {
            do {
                let done = try await run.run()
                if !outside[\.isDead] { result = done }
                if let failure = done.reportFailure, outside[\.faults] == faultsBefore {
                    return ["sync: its report failed for no reason: \(failure)"]
                }
            } catch {
                outside.note("a sync could not run")
                if outside[\.faults] == faultsBefore { return ["sync: it failed for no reason: \(error)"] }
            }
            return []
        }
        if outside[\.faults] == faultsBefore {
            for (key, generation) in generations where state[key].map({ $0.metadata.generation != generation }) ?? false
            {
                faults.append("generation: that of \(key) changed, and only its spelling did")
            }
        }
        let (pushes, limit) = (outside[\.pushes] - pushesBefore, 2)
        if pushes > 0, try await isEmptyReport() { faults.append("report: a commit changed nothing") }
        if pushes > limit { faults.append("report: more than two commits in one sync") }
        if let result {
            faults += try await note(result, name)
        }
        return (result, faults)
    }

    private func note(_ result: SyncResult, _ name: String) async throws -> [String] {
        isBlank = false
        if result.report != nil, result.reportFailure == nil { reported.insert(name) }
        if case .movedByAnotherRunner? = result.report?.branch {
            // Nobody else has this state, but one whose disk was lost after a push may be taken for another.
            outside.note("moved by another runner")
            try? await process.store.close()
            try emptyDisk()
            try await boot()
        }
        if !result.heldBack.isZero { outside.note("held back") }
        if result.rewroteHistory { outside.note("history was rewritten") }
        if result.rebuiltMirror { outside.note("mirror was rebuilt") }
        if result.isNothingNew { outside.note("nothing new") }
        for change in result.changes { outside.note("plan \(change.action.rawValue)") }
        for readiness in result.readiness { outside.note("readiness \(readiness.standing.rawValue)") }
        var faults: [String] = []
        for finding in result.findings where finding.severity == .error {
            if finding.path.isEmpty || finding.diagnostic.position == nil || finding.diagnostic.message.isEmpty {
                faults.append("findings: \(finding.rendered) does not say where")
            }
        }
        return faults
    }

    /// The generations of those live Services of which the commit that is to be synced changes the spelling at most.
    private func respelledGenerations(_ sync: String) -> [Key: Int] {
        guard circumstances.folders.count == 1, outside.with({ $0.meanwhile == nil }), !isBlank,
            let old = state[Key(.sync, "", sync)]?.syncStatus.commit.flatMap({ filesByCommit[$0] })
        else { return [:] }
        var generations: [Key: Int] = [:]
        for (number, document) in files.documents {
            let key = Files.key(number)
            guard var before = old.documents[number], let live = state[key], !state.isMarked(key, .edited),
                before.secondFile == nil, document.secondFile == nil, !before.isBroken, live.origin != nil
            else { continue }
            // What was broken when it was last read may be behind.
            if past.contains(where: { !$0.broken.isEmpty || $0.documents.values.contains { $0.isBroken } }) { continue }
            if before.isRespelled != document.isRespelled { outside.note("only the spelling changed") }
            before.isRespelled = document.isRespelled
            before.file = document.file
            if before == document { generations[key] = live.metadata.generation }
        }
        return generations
    }

    /// Whether the newest report is a commit whose tree is its parent's.
    private func isEmptyReport() async throws -> Bool {
        guard let head = try await author.fetchBranch(Self.branch) else { return false }
        let commit = try await author.commitInfo(head)
        guard let parent = commit.parents.first else { return false }
        return try await author.tree(of: parent) == commit.tree
    }

    /// The live Services that no sync may touch now: their files are broken, or name them twice.
    private func heldBack() -> Set<Key> {
        guard circumstances.folders == [""] else { return [] }
        var keys: Set<Key> = []
        for (number, document) in files.documents {
            let isHeldBack =
                document.isBroken || document.secondFile != nil
                || files.files(naming: number).contains(where: files.broken.contains)
            let key = Files.key(number)
            if isHeldBack, state[key]?.origin != nil, !state.isMarked(key, .edited) { keys.insert(key) }
        }
        return keys
    }

    private func drive(_ duration: Duration) async throws -> [String] {
        let before = outside[\.faults]
        return try await observing {
            do {
                _ = try await driver().run(until: process.clock.now() + duration)
                if !outside[\.isDead] { try await process.store.flush() }
            } catch  where outside[\.faults] > before {
                outside.note("driving was cut off")
            }
            return []
        }
    }
}

extension Int {
    fileprivate var isZero: Bool { self == 0 }
}

// MARK: - People and containers

extension World {
    private func hand(_ edit: Action.HandEdit) async throws -> [String] {
        guard let changes = Self.changes(edit, in: state, isStrict: isStrict) else { return [] }
        applies(.hand(edit))
        let (before, now) = (state.version, process.clock.now())
        let (faultsBefore, outside, store) = (outside[\.faults], outside, process.store)
        return try await observing(Follower.Context(isAnythingTouched: true)) {
            do {
                try await store.commit(durably: true) { state in _ = try state.apply(changes.list, at: now) }
                if changes.isStale { return ["conflict: an edit of a version that is gone went through"] }
            } catch let error as StoreError {
                if store.state.version != before { return ["commit: an edit failed, and is published: \(error)"] }
                if changes.isStale, error.kind == .conflict { return [] }
                if outside[\.faults] == faultsBefore { return ["commit: an edit failed for no reason: \(error)"] }
            }
            return []
        }
    }

    private func disturb(_ edit: Action.HandEdit) {
        let (store, clock, isStrict) = (process.store, process.clock, isStrict)
        outside.with {
            $0.meanwhile = {
                guard let changes = Self.changes(edit, in: store.state, isStrict: isStrict), !changes.isStale else {
                    return
                }
                let now = clock.now()
                // On a bad disk the person is told, and nothing has changed.
                try? await store.commit(durably: true) { state in _ = try state.apply(changes.list, at: now) }
            }
        }
    }

    /// What a person does, as the commands `apply`, `patch` and `delete` do it; nil where there is nothing to do it to.
    private static func changes(
        _ edit: Action.HandEdit,
        in state: Store::State,
        isStrict: Bool
    ) -> (list: [Change], isStale: Bool)? {
        func marks(_ object: Object) -> [Change] { object.origin == nil ? [] : [.mark(object.key, .edited)] }
        func pick(_ kinds: [Kind], _ number: Int) -> Object? {
            let keys = kinds.flatMap { state.keys($0) }
            return keys.isEmpty ? nil : state[keys[number % keys.count]]
        }
        switch edit {
        case .image(let number, let image):
            guard let live = pick([.service], number), case .runLatest? = live.serviceSpec?.mode else { return nil }
            let patch: Value = [
                "spec": [
                    "runLatest": [
                        "configuration": [
                            "revisionTemplate": ["spec": ["container": ["image": .string("hand:\(image)")]]]
                        ]
                    ]
                ]
            ]
            guard let merged = try? StrategicMerge.apply(patch: patch, to: live.value, kind: .service),
                let edited = try? live.edited(merged)
            else { return nil }
            return ([.put(edited, expecting: .version(live.metadata.resourceVersion))] + marks(live), false)
        case .label(let number):
            guard let live = pick([.service], number) else { return nil }
            var metadata = live.metadata
            metadata.labels["hand"] = metadata.labels["hand"] == nil ? "made" : nil
            return ([.put(live.with(metadata: metadata, origin: nil))] + marks(live), false)
        case .delete(let number, let isOrphaning):
            guard let live = pick([.service], number) else { return nil }
            return ([.delete(live.key, isOrphaning ? .orphan : .background)] + marks(live), false)
        case .deleteChild(let number):
            guard let live = pick([.revision, .route, .configuration, .build], number) else { return nil }
            // Known: a Service that waits for an orphan of another of its name to go is not woken when it goes.
            let isOrphan = live.metadata.controller == nil && state.contains(live.key.sibling(.service))
            if isOrphan, !isStrict { return nil }
            return ([.delete(live.key, .background)] + marks(live), false)
        case .create(let number):
            let key = Key(.service, "default", "hand\(number % 3)")
            guard state[key] == nil else { return nil }
            let spec: Value = [
                "runLatest": ["configuration": ["revisionTemplate": ["spec": ["container": ["image": "hand:0"]]]]]
            ]
            let draft = Object(
                kind: .service,
                metadata: Metadata(name: key.name, namespace: key.namespace),
                spec: Schema.defaulted(.service, spec)
            )
            return ([.put(draft, expecting: .absent)], false)
        case .stale(let number):
            guard let live = pick([.service], number), live.metadata.resourceVersion > 1 else { return nil }
            let version = live.metadata.resourceVersion - 1
            return ([.put(live.with(spec: ["manual": [:]]), expecting: .version(version))], true)
        }
    }

    private func turn(_ number: Int, _ fate: Action.Fate, _ action: Action) async throws -> [String] {
        let keys = outside[\.containers].keys.sorted().filter { state.contains($0) }
        guard !keys.isEmpty else { return [] }
        applies(action)
        let key = keys[number % keys.count]
        let phase: WorkloadStatus.Phase =
            switch fate {
            case .ready: .ready
            case .fails: SimulatedContainers.failure
            case .starting: .pending
            }
        outside.with { $0.containers[key]?.turn = phase }
        let (now, uid) = (process.clock.now(), outside[\.containers][key]?.uid)
        return try await observing {
            try await process.store.commit(durably: false) { state in
                guard state[key]?.metadata.uid == uid else { return }
                let status = WorkloadStatus(phase: phase, runtime: "simulated")
                try state.apply([.setStatus(key, .workload(status))], at: now)
            }
            return []
        }
    }

    /// A Build ends. The builder's port will come in here, with an outcome of its own for each Build.
    private func build(_ number: Int, _ succeeds: Bool, _ action: Action) async throws -> [String] {
        let builds = state.keys(.build).compactMap { state[$0] }.filter(\.awaitsBuilder)
        guard !builds.isEmpty else { return [] }
        applies(action)
        outside.note(succeeds ? "build succeeds" : "build fails")
        outside.with { $0.builds[builds[number % builds.count].metadata.uid] = succeeds }
        return []
    }
}

// MARK: - Quiet

extension World {
    /// Ends all faults, lets everything come to rest, and checks what must hold then.
    func quiet() async throws -> [String] {
        outside.mend()
        var faults = try await sameRestInAnyOrder()
        for _ in 0..<3 {
            for folder in circumstances.folders {
                let (_, found) = try await sync(folder, isPatient: true)
                faults += found
                guard faults.isEmpty else { return faults }
            }
            faults += try await observing {
                try await rest()
                return []
            }
        }
        for folder in circumstances.folders { faults += try await sync(folder, isPatient: true).faults }
        guard faults.isEmpty else { return faults }
        faults += try await AtRest.faults(of: self)
        return faults
    }

    /// Known: a Route without traffic is not woken when the last ready Revision of its Configuration recovers, because it
    /// refers to no Revision, and its Configuration stays as it is. Somebody has to have it looked at.
    private func lookAtRoutesWithoutTraffic() async throws {
        let now = process.clock.now()
        try await process.store.commit(durably: false) { state in
            let routes = state.keys(.route).filter { route in
                guard let object = state[route] else { return false }
                let status = object.routeStatus
                return object.routeSpec.targets.contains { target in
                    guard case .configuration(let name) = target.destination else { return false }
                    let ready = state[route.sibling(.configuration, name)]?.configurationStatus.latestReadyRevisionName
                    return ready != nil && !status.traffic.contains { $0.revisionName == ready }
                }
            }
            try state.apply(routes.map { .setDue($0, now) }, at: now)
        }
    }

    private func rest() async throws {
        if !isStrict { try await lookAtRoutesWithoutTraffic() }
        // Whatever the seed left undecided succeeds.
        outside.with { $0.buildsUndecided = false }
        defer { outside.with { $0.buildsUndecided = true } }
        _ = try await driver(mayBeDisturbed: false).run(until: process.clock.now() + .seconds(300))
        try await process.store.flush()
    }

    private func twins(killedAfter effects: Int) async throws -> [String] {
        outside.mend()
        try await restart()
        let before = outside.with { ($0.disk, $0.wall, $0.containers) }
        let branch = URL(fileURLWithPath: folder.path("remote.git/refs/heads/\(Self.branch)"))
        // There is none before the first report.
        let head = try? Data(contentsOf: branch)
        var faults: [String] = []
        var ends: [[Key: String]] = []
        for isKilled in [false, true] {
            outside.with { ($0.disk, $0.wall, $0.containers) = before }
            if let head { try head.write(to: branch) } else { try? FileManager.default.removeItem(at: branch) }
            try await boot()
            if isKilled {
                outside.with { $0.fuse = effects }
                faults += try await sync(circumstances.folders[0], isPatient: true).faults
                outside.mend()
            }
            for folder in circumstances.folders { faults += try await sync(folder, isPatient: true).faults }
            faults += try await observing {
                try await rest()
                return []
            }
            guard faults.isEmpty else { return faults }
            ends.append(AtRest.contents(state))
        }
        return Set(ends[0].keys).union(ends[1].keys).sorted().compactMap { key in
            ends[0][key] == ends[1][key]
                ? nil : "killed: \(key) at rest: \(AtRest.difference(ends[0][key], ends[1][key]))"
        }
    }

    /// A fork of the state comes to the same rest whatever the order of work.
    private func sameRestInAnyOrder() async throws -> [String] {
        guard !isBlank else { return [] }
        var ends: [[Key: String]] = []
        for seed: UInt64 in [0, 1 + outside.seed % 1_000] {
            var copy = state
            var engine = Engine(settings)
            if seed > 0 {
                engine.reorder = { keys in
                    keys.map { (SplitMix64.hash($0.path, seed: seed), $0) }.sorted { $0 < $1 }.map(\.1)
                }
            }
            let builder = circumstances.hasBuilder ? SimulatedBuilder() : nil
            var run = RunToRest(engine: engine, runtime: SimulatedRuntime(), builder: builder)
            let now = process.clock.now()
            try copy.apply(copy.keys(.workload).map { .mark($0, .wished) }, at: now)
            let outcome = try run.run(&copy, from: now)
            if !outcome.isAtRest { return ["rest: a fork never rests"] }
            ends.append(AtRest.contents(copy))
        }
        return Set(ends[0].keys).union(ends[1].keys).sorted().compactMap { key in
            ends[0][key] == ends[1][key]
                ? nil : "order: \(key) at rest: \(AtRest.difference(ends[0][key], ends[1][key]))"
        }
    }

    /// What was never in a manifest, or was released: how often it was deleted is reported only with something else.
    func isLeftToPeople(_ name: some StringProtocol) -> Bool {
        if name.hasPrefix("hand") { return true }
        return past.contains { files in
            files.documents.contains { number, document in document.isKept && name.hasPrefix(Files.name(number)) }
        }
    }

    /// Another process's look at what is on the disk.
    func reopened() throws -> Store::State {
        try Self.open(outside, circumstances, folder, lostDisks: lostDisks).store.load()
    }

    /// The report branch: where it stands, and its files, but for what other people put there.
    func report() async throws -> (head: ObjectID?, files: [String: [UInt8]]) {
        guard let head = try await author.fetchBranch(Self.branch) else { return (nil, [:]) }
        var files: [String: [UInt8]] = [:]
        for path in try await author.files(in: head).keys where path.text != "foreign.txt" {
            files[path.text] = try await author.file(at: path.text, in: head)
        }
        return (head, files)
    }

    /// The state that the report branch alone gives back.
    func rebuilt() async throws -> Store::State {
        let report = try await ReportReader.read(branch: Self.branch, of: author)
        var state = State(id: report.stateID)
        try state.apply(report.changes(at: process.clock.now()), at: process.clock.now())
        return state
    }

    /// Where the remote and the rest of the world lie for the time being.
    var folderPath: String { folder.path }

    /// The engine of this world, in the usual order.
    var engine: Engine { Engine(settings) }
    /// The time of the process.
    var now: Instant { process.clock.now() }
}

/// A fault of the simulation itself.
struct Defect: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Collects the events of a stream until they are asked for.
struct Collector {
    private let task: Task<[[Event]], Never>?

    init(_ stream: AsyncStream<[Event]>?) {
        guard let stream else {
            task = nil
            return
        }
        task = Task {
            var batches: [[Event]] = []
            for await batch in stream { batches.append(batch) }
            return batches
        }
    }

    /// All that was told so far, by transactions. A cancelled reader still gets what is waiting for it, and then the end.
    func finish() async -> [[Event]] {
        task?.cancel()
        return await task?.value ?? []
    }
}
