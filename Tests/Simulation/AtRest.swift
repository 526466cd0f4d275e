import Engine
import GitOps
import Resources
import Store
import YAML

/// What must hold once everything has come to rest.
enum AtRest {
    static func faults(of world: World) async throws -> [String] {
        var faults = try inside(world)
        faults += try await report(world)
        faults += try await rebuilt(world)
        faults += try await again(world)
        return faults
    }

    /// What needs nothing but the state and its disk. Apart, and never inlined: Swift 6.3.1 crashes when it optimises all of
    /// this as one coroutine.
    @inline(never)
    private static func inside(_ world: World) throws -> [String] {
        try desired(world) + waves(world.state) + conditions(world.state) + looksAgain(world) + journal(world)
    }

    // MARK: Desired against live

    /// What one document alone names, and rightly, is live as it says; what none names is not there.
    private static func desired(_ world: World) -> [String] {
        let (files, state, folders) = (world.files, world.state, world.circumstances.folders)
        let hasBroken = files.hasBroken
        let waiting = world.waiting
        var faults: [String] = []
        for (number, document) in files.documents.sorted(by: { $0.key < $1.key }) {
            let isHeldBack = document.isBroken || document.secondFile != nil || files.broken.contains(document.file)
            // What was released once is taken over as it is: nothing tells any more what of it git had said.
            let isTakenOver = world.past.contains { $0.documents[number]?.isKept ?? false }
            guard !isHeldBack, !isTakenOver, !waiting.contains(Files.key(number)) else { continue }
            // What moved to another Sync waits until no broken file of the first may name it still.
            let (folder, path) = Files.path(document.file, in: folders)
            if hasBroken, folders.count > 1, state[Files.key(number)]?.origin?.sync != folder { continue }
            let key = Files.key(number)
            guard let live = state[key] else {
                faults.append("desired: \(key) is not live")
                continue
            }
            let wanted = Schema.defaulted(.service, document.spec(number))
            if !Schema.isSameSpec(.service, wanted, live.spec), !isRespelled(live.spec, wanted) {
                faults.append("desired: \(key) is \(live.spec.json), not \(wanted.json)")
            }
            for entry in document.labels.entries where live.metadata.labels[entry.key] != entry.value {
                faults.append("desired: \(key) lacks a label")
            }
            if document.labels.isEmpty, live.metadata.labels["team"] != nil {
                faults.append("desired: \(key) has a label that git took away")
            }
            if document.annotations != live.metadata.annotations {
                faults.append("desired: annotations of \(key) differ")
            }
            if live.origin?.sync != (folder.isEmpty ? "shop" : folder) || live.origin?.path != path {
                faults.append("desired: \(key) comes from \(live.origin?.path ?? "nowhere"), not \(path)")
            }
        }
        // One wrong document holds back all that its file gave, whatever it calls itself.
        if hasBroken { return faults }
        for key in state.keys(.service) where state[key]?.origin != nil && !waiting.contains(key) {
            if !isNamed(key, in: files) { faults.append("desired: \(key) is live, and no file names it") }
        }
        return faults
    }

    private static func isNamed(_ key: Key, in files: Files) -> Bool {
        files.documents.keys.contains { Files.key($0) == key }
    }

    /// Whether the live spec is the wanted one with the container moved to where it belongs.
    private static func isRespelled(_ live: Value, _ wanted: Value) -> Bool {
        guard case .map(let modes) = wanted, let mode = modes.entries.first,
            let container = mode.value["configuration"]?["container"]
        else { return false }
        let inner = live[mode.key]?["configuration"]?["revisionTemplate"]?["spec"]?["container"]
        guard let inner else { return false }
        return inner["image"] == container["image"] && inner["env"] == container["env"]
    }

    /// Whatever waits has a reason to: an object that is there and not ready.
    private static func waves(_ state: State) -> [String] {
        state.keys(.sync).compactMap { WaitingWave.all(of: $0.name, in: state).first }.filter { $0.blocker == nil }
            .map { "waves: \($0.message), and nothing is in its way" }
    }

    // MARK: Conditions

    /// Conditions agree with what they describe.
    private static func conditions(_ state: State) -> [String] {
        var faults: [String] = []
        for key in state.keys(.revision) {
            guard let revision = state[key] else { continue }
            let told = revision.revisionStatus.conditions
            let phase = state[key.sibling(.workload)]?.workloadStatus.phase
            let isActive = revision.spec["servingState"]?.string == "Active"
            if told.isTrue("Ready"), isActive {
                switch phase {
                case .failed?: faults.append("conditions: \(key) is Ready and its workload failed")
                case nil: faults.append("conditions: \(key) is Ready without a workload")
                default: break
                }
            }
            if case .ready? = phase, told.isFalse("Ready"), told["ResourcesAvailable"]?.status == .true,
                told["ContainerHealthy"]?.status == .false
            {
                faults.append("conditions: \(key) is not healthy and its workload is ready")
            }
        }
        for key in state.keys(.service) {
            guard let service = state[key], let mode = service.serviceSpec?.mode, mode != .manual,
                let route = state[key.sibling(.route)], route.isControlled(by: service)
            else { continue }
            let told = service.serviceStatus.conditions
            if told.isTrue("Ready"), !route.routeStatus.conditions.isTrue("Ready") {
                faults.append("conditions: \(key) is Ready and its Route is not")
            }
            if service.serviceStatus.traffic != route.routeStatus.traffic {
                faults.append("conditions: \(key) tells of other traffic than its Route")
            }
            if service.status.observedGeneration != service.metadata.generation, !told.isFalse("Ready") {
                faults.append("conditions: \(key) did not observe its generation")
            }
        }
        for kind in [Kind.configuration, .revision] {
            for key in state.keys(kind) {
                let routes = (state[key]?.metadata.annotations[Labels.routes] ?? "").split(separator: ",").map(
                    String.init
                )
                if routes.first != state[key]?.metadata.labels[Labels.route] {
                    faults.append("labels: label and annotation of \(key) differ")
                }
                for route in routes {
                    let reached = state[key.sibling(.split, route)]?.spec["reached"]?.list ?? []
                    let isReached = reached.contains {
                        $0["name"]?.string == key.name && $0["kind"]?.string == kind.name
                    }
                    if !isReached { faults.append("labels: \(key) names Route \(route), which does not reach it") }
                }
            }
        }
        for kind in Kind.allCases {
            for key in state.keys(kind) {
                guard let controller = state[key]?.metadata.controller, let owner = state[key]?.controllerKey else {
                    continue
                }
                if state[owner]?.metadata.uid != controller.uid { faults.append("owners: the owner of \(key) is gone") }
            }
        }
        return faults
    }

    /// Whoever looks at all objects again finds nothing to do, and looks again at the same instants.
    private static func looksAgain(_ world: World) throws -> [String] {
        let state = world.state
        var copy = state
        let keys = Kind.allCases.filter(\.isReconciled).flatMap { state.keys($0) }
        try copy.apply(keys.map { .setDue($0, world.now) }, at: world.now)
        var changed: [String] = []
        try world.engine.drain(&copy, at: world.now) { event in
            changed.append("\(event.key): \(difference(event.old?.value.prettyJSON, event.new?.value.prettyJSON))")
        }
        var faults: [String] = []
        if copy.version != state.version {
            faults.append("rest: looking again changed \(changed.joined(separator: "\n"))")
        }
        for key in keys where copy.due(key) != state.due(key) {
            faults.append(
                "due: \(key) is due at \(state.due(key)?.description ?? "never"), not \(copy.due(key)?.description ?? "never")"
            )
        }
        return faults
    }

    // MARK: Report and journal

    private static func report(_ world: World) async throws -> [String] {
        guard let sync = world.state.keys(.sync).first.flatMap({ world.state[$0] }) else { return ["there is no Sync"] }
        let wanted = try await Report.files(of: world.state, sync: sync)
        let found = try await world.report().files
        return Set(wanted.keys).union(found.keys).sorted().compactMap { path in
            let (wanted, found) = (text(wanted[path], world), text(found[path], world))
            return wanted == found ? nil : "report: \(path): \(difference(wanted, found))"
        }
    }

    /// A file of the report but for how often what no manifest names was deleted: that stands in it only once something else
    /// is reported.
    private static func text(_ bytes: [UInt8]?, _ world: World) -> String {
        guard let bytes else { return "missing" }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.filter { line in
            let isCount = line.hasPrefix("  ") && line.split(separator: "/").count == 3
            let name = line.split(separator: "/").last?.prefix { $0 != ":" }
            let kind = line.prefix { $0 != "/" }.drop { $0 == " " }
            if isCount, let name, world.isLeftToPeople(name) || world.isChildOfNobody(kind, name) { return false }
            return !line.hasPrefix("incarnations:")
        }.joined(separator: "\n")
    }

    private static func journal(_ world: World) throws -> [String] {
        differences(whole(world.state), whole(try world.reopened()), "journal")
    }

    private static func rebuilt(_ world: World) async throws -> [String] {
        let state = world.state
        let rebuilt = try await world.rebuilt()
        // What was released once and is taken over holds values that git does not name: those are people's.
        let takenOver = world.past.reduce(into: Set<String>()) { names, files in
            for (number, document) in files.documents where document.isKept { names.insert(Files.name(number)) }
        }
        // Nor is what people did healed where git names the object no more, and only its wave keeps it.
        let left = takenOver.union(world.waiting.filter { !isNamed($0, in: world.files) }.map(\.name))
        func fromGit(_ state: State) -> [Key: String] {
            Self.fromGit(state).filter { key, _ in !left.contains { key.name.hasPrefix($0) } }
        }
        var faults = differences(fromGit(state), fromGit(rebuilt), "rebuilt")
        if rebuilt.id != state.id { faults.append("rebuilt: the state is called \(rebuilt.id), not \(state.id)") }
        func counts(_ state: State) -> [String] {
            state.incarnations.filter { key, _ in
                !key.kind.isBookkeeping && !world.isLeftToPeople(key.name)
                    && !world.isChildOfNobody(key.path.prefix { $0 != "/" }, key.name)
            }.map { "\($0.key) \($0.count)" }
        }
        if counts(state) != counts(rebuilt) { faults.append("rebuilt: incarnations differ") }
        return faults
    }

    static func differences(_ live: [Key: String], _ other: [Key: String], _ name: String) -> [String] {
        Set(live.keys).union(other.keys).sorted().compactMap { key in
            live[key] == other[key] ? nil : "\(name): \(key): \(difference(live[key], other[key]))"
        }
    }

    /// The same commit again changes nothing, writes nothing, reports nothing.
    private static func again(_ world: World) async throws -> [String] {
        var faults: [String] = []
        for folder in world.circumstances.folders {
            let (version, head) = (world.state.version, try await world.report().head)
            let (result, found) = try await world.sync(folder, isPatient: true)
            faults += found
            if let changes = result?.changes.filter({ !world.waiting.contains($0.key) }), !changes.isEmpty {
                faults.append("again: the same commit \(changes.map { "\($0.action.rawValue) \($0.key)" })")
            }
            if world.state.version != version { faults.append("again: the same commit changed the state") }
            if try await world.report().head != head { faults.append("again: the same commit was reported again") }
        }
        return faults
    }

    /// The lines in which two texts differ.
    static func difference(_ old: String?, _ new: String?) -> String {
        guard let old, let new else { return old == nil ? "came" : "went" }
        func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }
        let changes = lines(new).difference(from: lines(old)).map { change in
            switch change {
            case .insert(_, let line, _): "+\(line.drop { $0 == " " })"
            case .remove(_, let line, _): "-\(line.drop { $0 == " " })"
            }
        }
        return changes.joined(separator: " ")
    }

    // MARK: Contents

    /// All that can be seen of a state.
    static func whole(_ state: State) -> [Key: String] {
        var contents: [Key: String] = [:]
        for key in Kind.allCases.flatMap({ state.keys($0) }) {
            guard let object = state[key] else { continue }
            let marks = Mark.allCases.filter { state.isMarked(key, $0) }
            let origin = object.origin.map { "\($0)" } ?? "no origin"
            contents[key] =
                "\(object.value.prettyJSON)\n\(origin)\n\(state.due(key)?.description ?? "") \(marks) \(state.incarnation(of: key))"
                + " \(state.children(of: key)) \(state.referrers(of: key)) \(state.version(of: key))"
        }
        return contents
    }

    /// All that comes from git, and what it made: what a report has to give back.
    private static func fromGit(_ state: State) -> [Key: String] {
        var contents: [Key: String] = [:]
        for key in Kind.allCases.flatMap({ state.keys($0) }) {
            guard let object = state[key], isFromGit(object, state) else { continue }
            var metadata = object.metadata
            metadata.resourceVersion = 0
            var status = object.status
            if object.kind == .sync { status = .sync(SyncStatus()) }
            // What people add to what git says is neither healed nor reported.
            metadata.labels["hand"] = nil
            contents[key] =
                "\(object.with(metadata: metadata, status: status).value.prettyJSON)\n\(object.origin.map { "\($0)" } ?? "")"
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

    /// Everything but what tells of the way there: versions, the splits' generations, which commits were applied on it, what
    /// waves waited for when they were planned, and when something happened.
    static func contents(_ state: State) -> [Key: String] {
        var contents: [Key: String] = [:]
        for key in Kind.allCases.flatMap({ state.keys($0) }) where ![.appliedCommit, .wave].contains(key.kind) {
            guard let object = state[key] else { continue }
            var metadata = object.metadata
            metadata.resourceVersion = 0
            metadata.creationTimestamp = Instant(milliseconds: 0)
            if object.kind == .split { metadata.generation = 0 }
            let status = object.kind == .sync ? Status.sync(SyncStatus()) : object.status
            contents[key] = withoutTimes(object.with(metadata: metadata, status: status, origin: nil).value).prettyJSON
        }
        return contents
    }

    /// The fields that say when something happened.
    private static let times: Set = [
        "lastTransitionTime", "startTime", "completionTime", "since", "startedAt", "finishedAt", "deletionTimestamp",
    ]

    private static func withoutTimes(_ value: Value) -> Value {
        switch value {
        case .map(let map):
            let kept = map.entries.filter { !times.contains($0.key) }
            return .map(Map(uniqueEntries: kept.map { .init(key: $0.key, value: withoutTimes($0.value)) }))
        case .list(let list):
            // Since when nothing leads to a Revision is their order.
            let isByTime = list.contains { $0["since"] != nil }
            let sorted =
                isByTime ? list.sorted { $0["revisionName"]?.string ?? "" < $1["revisionName"]?.string ?? "" } : list
            return .list(sorted.map(withoutTimes))
        default: return value
        }
    }
}
