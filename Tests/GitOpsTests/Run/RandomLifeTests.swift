import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// Random lives of one repository and its state, each from one seed: pushes good and bad, edits by hand, lost disks.
/// Whatever came before, what design.md promises holds after each sync.
@Suite struct RandomLifeTests {
    @Test(arguments: 1...UInt64(5))
    func `after each sync of a random life, what must always hold does`(seed: UInt64) async throws {
        try await live(Life(seed: seed, syncs: [""]))
    }

    /// The later seeds found faults: an object that was deleted by hand went to the wrong Sync, and the record of a
    /// manifest stood in a report twice, or not at all.
    @Test(arguments: [1, 2, 3, 20, 23, 29])
    func `two Syncs of one repository and one report share what must always hold`(seed: UInt64) async throws {
        try await live(Life(seed: seed, syncs: ["east", "west"]))
    }

    /// What Syncs may do changes on the way. The last of them may do everything, and then all is as git says.
    @Test(arguments: 101...UInt64(106))
    func `Syncs that are limited share what must always hold`(seed: UInt64) async throws {
        try await live(Life(seed: seed, syncs: seed < 104 ? [""] : ["east", "west"], isLimited: true))
    }

    private func live(_ beginning: Life) async throws {
        let world = try World()
        var life = beginning
        try world.repository.commit(life.firstFiles)
        for _ in 0..<14 {
            try await life.act(on: world)
            let options = life.options()
            let rehearsal = try await Rehearsal(of: world, options)
            let result = try await world.sync(options)
            life.note(result)
            var faults = rehearsal.faults(against: result)
            faults += try await Faults.all(in: world, life, after: result)
            for fault in faults {
                Issue.record("seed \(life.seed), \(life.log.suffix(12).joined(separator: "; ")): \(fault)")
            }
            // One fault mostly brings the next: the first is the one to look at.
            guard faults.isEmpty else { return }
        }
        guard life.syncs == [""] else { return }
        let result = try await world.sync {
            $0.allowsEmpty = true
            $0.maxPrunePercent = 100
            $0.reportBranch = "status"
        }
        for fault in Faults.desired(world.state, life.files, result) {
            Issue.record("seed \(life.seed), \(life.log.joined(separator: "; ")), without limits: \(fault)")
        }
    }
}

/// A dry run before the real one.
private struct Rehearsal {
    private let result: SyncResult
    private let isUnchanged: Bool

    init(of world: World, _ options: (inout SyncOptions) -> Void) async throws {
        let before = world.digest
        result = try await world.sync {
            options(&$0)
            $0.isDryRun = true
        }
        isUnchanged = world.digest == before
    }

    func faults(against real: SyncResult) -> [String] {
        var faults: [String] = []
        if !isUnchanged { faults.append("a dry run changed the state") }
        if result.summary != real.summary { faults.append("a dry run said \(result.summary), not \(real.summary)") }
        if result.findings != real.findings { faults.append("a dry run found \(result.findings)") }
        let (left, leftThen) = (result.leftovers.drift.map(\.key), real.leftovers.drift.map(\.key))
        if left != leftThen { faults.append("a dry run left the drift of \(left), not \(leftThen)") }
        if result.pruneRefusal != real.pruneRefusal { faults.append("a dry run told of another guard") }
        return faults
    }
}

// MARK: - What happens

/// One seed's choices.
private struct Life {
    private var random: SplitMix64
    private(set) var log: [String] = []
    /// The files as they stand in the repository.
    private(set) var files: [String: String] = [:]
    let seed: UInt64
    /// The folders that are followed, each by a Sync.
    let syncs: [String]
    /// Those whose Syncs the report knows: only they can begin with an empty disk.
    private var synced: Set<String> = []
    private var lastLost = false
    /// Whether what Syncs may do changes on the way.
    let isLimited: Bool
    /// What the Sync of each folder may do.
    private(set) var limits: [String: Permissions] = [:]

    init(seed: UInt64, syncs: [String], isLimited: Bool = false) {
        self.seed = seed
        self.syncs = syncs
        self.isLimited = isLimited
        random = SplitMix64(state: seed &* 0xD134_2543_DE82_EF95)
    }

    /// What makes the followed folders be there.
    var firstFiles: [String: String?] {
        Dictionary(uniqueKeysWithValues: syncs.map { ($0.isEmpty ? "README.md" : "\($0)/README.md", "hello") })
    }

    private mutating func draw(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    private mutating func pick<T>(_ list: [T]) -> T? { list.randomElement(using: &random) }

    mutating func note(_ result: SyncResult) {
        log.append("→ \(result.summary.joined(separator: ", ")), exit \(result.exitCode)")
    }

    /// Any options that let a sync go through to the end.
    mutating func options() -> @Sendable (inout SyncOptions) -> Void {
        let (allowsEmpty, percent) = (draw(2) == 0, [50, 100][draw(2)])
        let wait: SyncOptions.Wait = draw(5) == 0 ? .applied : .progressing
        let timeout = [Duration.seconds(2), .seconds(300)][draw(2)]
        let folder = pick(lastLost ? synced.sorted() : syncs) ?? ""
        lastLost = false
        synced.insert(folder)
        if isLimited, draw(3) == 0 { limits[folder] = drawPermissions() }
        let limits = limits[folder] ?? Permissions()
        log.append("sync \(folder), at most \(percent) %, \(wait), \(timeout)" + (isLimited ? ", \(limits)" : ""))
        return {
            $0.name = Self.name(of: folder)
            $0.path = folder
            $0.allowsEmpty = allowsEmpty
            $0.maxPrunePercent = percent
            $0.wait = wait
            $0.timeout = timeout
            $0.reportBranch = "status"
            limits.set(in: &$0)
        }
    }

    private mutating func drawPermissions() -> Permissions {
        var limits = Permissions()
        limits.drift = DriftPolicy.allCases[draw(3)]
        limits.prunes = draw(2) == 0
        limits.isInDefault = draw(3) == 0
        limits.excludesLive = draw(3) == 0
        limits.ignoresImages = draw(3) == 0
        return limits
    }

    static func name(of folder: String) -> String { folder.isEmpty ? "shop" : folder }

    mutating func act(on world: World) async throws {
        switch draw(10) {
        case 0...5: try push(to: world)
        case 6, 7: try await edit(world)
        case 8:
            log.append("a while passes")
            world.clock.advance(to: world.clock.now() + .seconds(1 + draw(600)))
        case _ where synced.isEmpty: break
        default:
            log.append("the disk is lost")
            lastLost = true
            world.loseState()
            if draw(2) == 0 { for name in syncs.map(Self.name) { world.loseMirror(named: name) } }
        }
    }

    private static let paths = ["a.yaml", "b.yml", "c.json", "live/a.yaml", "live/d e.yaml", "live/é|`.yaml"]

    private mutating func push(to world: World) throws {
        var changes: [String: String?] = [:]
        for _ in 0..<(1 + draw(3)) {
            let path = (syncs == [""] ? "" : syncs[draw(syncs.count)] + "/") + Self.paths[draw(Self.paths.count)]
            switch draw(6) {
            case 0 where files[path] != nil && changes[path] == nil: changes[path] = .some(nil)
            case 1:
                // A file moves, whole.
                guard let from = pick(files.keys.sorted()), from != path, changes[from] == nil else { continue }
                changes[path] = files[from]
                changes[from] = .some(nil)
            default: changes[path] = file()
            }
        }
        for (path, text) in changes { files[path] = text }
        if changes.isEmpty { changes["README.md"] = "hello \(log.count)" }
        log.append("push \(changes.keys.sorted().map { "\($0): \(Self.short(changes[$0] ?? nil))" })")
        try world.repository.commit(changes)
    }

    private static func short(_ text: String?) -> String {
        guard let text else { return "gone" }
        let words = text.split(separator: "\n").filter { line in
            ["name:", "image", "imgae", "kind: [", "revisionName:", "prune"].contains { line.contains($0) }
        }
        return words.map { $0.trimmingPrefix { $0 == " " } }.joined(separator: " ")
    }

    private mutating func file() -> String {
        var documents: [String] = []
        for _ in 0..<(1 + draw(3)) { documents.append(document()) }
        return documents.joined(separator: "\n---\n")
    }

    private mutating func document() -> String {
        let name = "s\(draw(7))"
        let image = "shop:\(1 + draw(4))"
        switch draw(14) {
        case 0: return service(name, image: image).replacing("image:", with: "imgae:")
        case 1: return service(name, image: image) + "\nkind: ["
        case 2: return "apiVersion: v1\nkind: Secret\nmetadata: {name: \(name)}"
        case 3: return service(name, image: image).replacing("name: \(name)", with: "name: {}")
        case 4: return service(name, image: image, namespace: "other")
        case 5:
            let annotation = "\n  annotations: {elafros.dev/prune: \"false\"}"
            return service(name, image: image).replacing("name: \(name)", with: "name: \(name)\(annotation)")
        case 6: return Manifests.pinned(name, revision: "\(name)-0000\(1 + draw(2))", image: image)
        case 7: return Manifests.routeAndConfiguration.replacing("helloworld:1", with: image)
        default: return service(name, image: image)
        }
    }

    private mutating func edit(_ world: World) async throws {
        // How often what nobody's manifest names was deleted stands in the report only once something else is reported.
        let fromGit = world.state.keys(.service).filter { world.state[$0]?.origin != nil }
        guard let key = pick(fromGit), let live = world.state[key] else { return }
        let now = world.clock.now()
        let marks: [Change] = [.mark(key, .edited)]
        var changes: [Change] = [.delete(key, .background)]
        if draw(2) == 0, live.spec.image != nil {
            let container: Value = ["image": .string("hand:\(draw(3))")]
            let template: Value = ["configuration": ["revisionTemplate": ["spec": ["container": container]]]]
            let patch: Value = ["spec": ["runLatest": template]]
            changes = [.put(try live.edited(StrategicMerge.apply(patch: patch, to: live.value, kind: .service)))]
        }
        if case .delete? = changes.first {
            log.append("\(key) is deleted by hand")
        } else {
            log.append("\(key) is edited")
        }
        let all = changes + marks
        try await world.store.commit(durably: true) { state in _ = try state.apply(all, at: now) }
    }
}

/// What one Sync may do.
private struct Permissions: Sendable {
    var drift = DriftPolicy.heal
    var prunes = true
    var isInDefault = false
    var excludesLive = false
    var ignoresImages = false

    func set(in options: inout SyncOptions) {
        options.drift = drift
        options.prunes = prunes
        if isInDefault { options.namespaces = ["default"] }
        if excludesLive { options.exclude = ["live/"] }
        guard ignoresImages else { return }
        let image = "/spec/runLatest/configuration/revisionTemplate/spec/container/image"
        // The pointer is right, or the tests of pointers fail.
        let pointers = (try? JSONPointer(image)).map { [$0] } ?? []
        options.ignoreDifferences = [IgnoredDifference(kind: .service, pointers: pointers)]
    }
}

/// SplitMix64: the same numbers from the same seed, everywhere.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

// MARK: - What must hold

/// What a sync left behind that must not be.
enum Faults {
    fileprivate static func all(in world: World, _ life: Life, after result: SyncResult) async throws -> [String] {
        var faults = engine(world.state)
        if life.syncs == [""], !life.isLimited { faults += desired(world.state, life.files, result) }
        faults += try await report(world)
        faults += try await rebuilt(world)
        faults += try await again(world, life, after: result)
        return faults
    }

    /// Routes, Revisions and generations.
    private static func engine(_ state: State) -> [String] {
        var faults: [String] = []
        for key in state.keys(.route) {
            guard let status = state[key]?.routeStatus else { continue }
            let sum = status.traffic.reduce(0) { $0 + $1.percent }
            if sum != 100, status.conditions.isTrue("Ready") {
                faults.append("\(key) is Ready and has \(sum) %")
            }
        }
        var generations: Set<String> = []
        for key in state.keys(.revision) {
            guard let revision = state[key], let owner = revision.metadata.controller else { continue }
            let generation = revision.metadata.labels[Labels.configurationGeneration] ?? revision.metadata.name
            if !generations.insert("\(key.namespace) \(owner.uid) \(generation)").inserted {
                faults.append("a second Revision of \(owner.name), generation \(generation)")
            }
        }
        for kind in Kind.allCases where kind.isAPI {
            for key in state.keys(kind) {
                guard let object = state[key] else { continue }
                if object.status.observedGeneration > object.metadata.generation {
                    faults.append("\(key) observed a generation that is still to come")
                }
            }
        }
        return faults
    }

    /// Live objects against the files, read by a simpler reader: what one file alone names, and rightly, is live as it says;
    /// what none names is not, unless something keeps it.
    static func desired(_ state: State, _ files: [String: String], _ result: SyncResult) -> [String] {
        var wishes: [Key: [Desired?]] = [:]
        var hasUnreadable = false
        var hasInvalid = false
        for text in files.values {
            let file = YAMLParser().parse(Array(text.utf8))
            let isBroken = file.diagnostics.contains { $0.severity == .error }
            if isBroken { hasUnreadable = true }
            for document in file.documents {
                switch ManifestReader().read(document.root) {
                case .desired(let desired, _): wishes[desired.key, default: []].append(isBroken ? nil : desired)
                case .invalid(_, let key?):
                    hasInvalid = true
                    wishes[key, default: []].append(nil)
                case .invalid(_, nil): hasUnreadable = true
                case .skipped, .configuration: break
                }
            }
        }
        var faults: [String] = []
        for (key, all) in wishes {
            guard all.count == 1, let wish = all[0], !hasUnreadable else { continue }
            guard let live = state[key] else {
                if result.errors.contains(where: { $0.contains(key.name) }) { continue }
                faults.append("\(key) is not live")
                continue
            }
            // What another object made is not taken from it, and the sync says so.
            guard live.origin != nil, result.errors.isEmpty else { continue }
            let wanted = Schema.defaulted(key.kind, wish.spec)
            if !Schema.isSameSpec(key.kind, wanted, live.spec) { faults.append("\(key) is not as git says") }
        }
        if !hasUnreadable, !hasInvalid, result.pruneRefusal == nil {
            for kind in Kind.allCases where kind.isAPI {
                for key in state.keys(kind) where state[key]?.origin != nil && wishes[key] == nil {
                    faults.append("\(key) is live, and no file names it")
                }
            }
        }
        return faults
    }

    /// What was reported bit by bit is to the byte what is reported at once.
    private static func report(_ world: World) async throws -> [String] {
        guard let sync = world.state.keys(.sync).first.flatMap({ world.state[$0] }) else { return ["there is no Sync"] }
        let scope = ReportScope(of: sync, at: .branch, in: world.state)
        let whole = try await ReportUpdate.make(of: world.state, scope, previous: nil, isFull: true)
        var faults: [String] = []
        var expected: [String: String] = [:]
        for file in whole.files { expected[file.path] = file.content.map { String(decoding: $0, as: UTF8.self) } }
        let listed = try world.repository.git("ls-tree", "-r", "-z", "--name-only", "status").split(separator: "\0")
        let paths = Set(listed.map(String.init))
        for path in paths.union(expected.keys).sorted() {
            let text = paths.contains(path) ? try world.repository.git("show", "status:\(path)") : nil
            let wanted = expected[path].map { $0.hasSuffix("\n") ? String($0.dropLast()) : $0 }
            if text != wanted {
                faults.append("report \(path) is\n\(text ?? "missing")\nand not\n\(wanted ?? "nothing")")
            }
        }
        return faults
    }

    /// What is rebuilt from the branch is what is live.
    static func rebuilt(_ world: World) async throws -> [String] {
        // Of what was edited by hand, a report says only that it was.
        guard world.state.count(.edited) == 0, world.state.count(.drifted) == 0 else { return [] }
        let restored = try await ReportReader.read(branch: "status", of: world.mirror())
        var rebuilt = State(id: restored.stateID)
        try rebuilt.apply(restored.changes(at: world.clock.now()), at: world.clock.now())
        let (live, back) = (contents(world.state), contents(rebuilt))
        var faults: [String] = []
        if restored.stateID != world.state.id { faults.append("the state is called \(restored.stateID)") }
        for key in Set(live.keys).union(back.keys).sorted() where live[key] != back[key] {
            faults.append("\(key) is rebuilt as \(back[key] ?? "nothing")\nand is \(live[key] ?? "absent")")
        }
        let counts = world.state.incarnations.filter { !$0.key.kind.isBookkeeping }.map { "\($0.key) \($0.count)" }
        if counts != rebuilt.incarnations.map({ "\($0.key) \($0.count)" }) { faults.append("incarnations differ") }
        return faults
    }

    /// All that comes from git, and what it made: what a report has to give back.
    private static func contents(_ state: State) -> [Key: String] {
        var contents: [Key: String] = [:]
        for key in Kind.allCases.flatMap({ state.keys($0) }) {
            guard let object = state[key], isFromGit(object, state) else { continue }
            var metadata = object.metadata
            metadata.resourceVersion = 0
            let status = object.kind == .sync ? Status.sync(object.syncStatus.reported) : object.status
            let origin = object.origin.map { "\($0)" } ?? ""
            contents[key] = object.with(metadata: metadata, status: status).value.json + origin
        }
        return contents
    }

    private static func isFromGit(_ object: Object, _ state: State) -> Bool {
        // What was applied before is in no report, nor is what waits.
        if object.kind == .appliedCommit || object.kind == .wave { return false }
        if object.kind.isBookkeeping || object.origin != nil { return true }
        guard let owner = object.controllerKey.flatMap({ state[$0] }) else { return false }
        return object.isControlled(by: owner) && isFromGit(owner, state)
    }

    /// The same commit again changes nothing, and once nothing is under way it writes and reports nothing.
    private static func again(_ world: World, _ life: Life, after result: SyncResult) async throws -> [String] {
        let folder = life.syncs == [""] ? "" : result.name
        let limits = life.limits[folder] ?? Permissions()
        let options: @Sendable (inout SyncOptions) -> Void = {
            $0.name = result.name
            $0.path = folder
            $0.reportBranch = "status"
            limits.set(in: &$0)
        }
        var faults: [String] = []
        if !result.isAtRest || result.wait == .applied {
            let second = try await world.sync(options)
            if !second.changes.isEmpty { faults.append("a second sync did \(second.summary)") }
        }
        let (version, head) = (world.state.version, try world.repository.id(of: "status"))
        let third = try await world.sync(options)
        if !third.changes.isEmpty { faults.append("the same commit again: \(third.summary)") }
        if world.state.version != version { faults.append("the same commit again changed the state") }
        if try world.repository.id(of: "status") != head { faults.append("the same commit again was reported again") }
        return faults
    }
}
