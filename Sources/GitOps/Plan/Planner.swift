internal import Git
internal import Resources
internal import Store
internal import YAML

/// Makes one plan. Its steps run in the order in which `make` calls them, and each leaves the next what it needs.
///
/// Only what changed is looked at: files that were read, the objects that they name or named, and what the marks and the
/// counts of the Sync's status say is still open.
struct Planner {
    let state: State
    let input: Plan.Input
    let now: Instant
    let sync: String
    let status: SyncStatus
    let rules: DriftRules
    var plan: Plan
    /// The records of the files that were read, in the order of `input.readings`.
    var records: [ManifestRecord] = []
    var recordIndex: [String: Int] = [:]
    /// The files that are gone.
    var removed: Set<String>
    /// The records of files that were not read, as far as they have to change.
    var refreshed: [String: ManifestRecord] = [:]
    /// Which documents of the files that were read name a key.
    var claims: [Key: [Place]] = [:]
    /// Keys that files named before and that no file that was read names now.
    var lost: [Key] = []
    /// How many documents are held back more than before.
    var heldBackChange = 0
    /// Objects that people changed or deleted, and about which the plan says all that there is to say.
    var settled: Set<Key> = []
    /// What waits since earlier plans: this one decides anew about what is its Sync's.
    let waiting: WaitingWrites
    /// Whether the Sync has waves, or had until now.
    let usesWaves: Bool
    /// What goes in steps, where it has.
    var staged = StagedWrites()
    /// How far the waves have gone once the plan is carried out.
    var waves: SyncStatus.Waves
    /// What is held back in files that were not read.
    private var oldFindings: [String: [Finding]] = [:]
    /// All places of objects that stand more than once.
    private var placesByKey: [Key: [NamedPlace]] = [:]
    /// The files that were not read and name such an object.
    private var untouchedByKey: [Key: [String]] = [:]

    /// A document of a file that was read.
    struct Place: Hashable {
        let record: Int
        let document: Int
    }

    /// A document of any file, as messages name it.
    private struct NamedPlace {
        let path: String
        let document: Int
        let shown: String
    }

    init(_ state: State, _ input: Plan.Input, _ now: Instant) {
        self.state = state
        self.input = input
        self.now = now
        plan = Plan(version: state.version)
        sync = input.options.name
        rules = DriftRules(input.options)
        removed = input.removed
        status = state[Key(.sync, "", sync)]?.syncStatus ?? SyncStatus()
        waiting = WaitingWrites(of: sync, in: state)
        usesWaves = status.hasWaves || !waiting.waves.isEmpty || input.namesWaves
        waves = status.waves
    }

    mutating func make() -> Plan {
        enterRecords()
        collectClaims()
        readWaitingAgain()
        lookAtOldTroubles()
        settleLostClaims()
        for index in records.indices { decide(index) }
        healUntouched()
        writeRecords()
        prune()
        releaseChildren()
        arrangeWaves()
        plan.leftovers.drift.sort { $0.key < $1.key }
        writeSync()
        guard plan.isWhole else { return plan }
        if input.isComplete, records.isEmpty { plan.findings.append(noManifests) }
        plan.findings += plan.leftovers.findings
        plan.findings.sort()
        if input.options.isAtomic, plan.findings.contains(where: { $0.severity == .error }) { refuseWhole() }
        return plan
    }

    /// What is said where nothing is found at all: most likely the wrong folder is followed.
    private var noManifests: Finding {
        let folder = input.options.path
        let place = folder.isEmpty ? "in the repository" : "in the folder \(GitPath(folder))"
        let isLimited = !input.options.include.isEmpty || !input.options.exclude.isEmpty
        let advice = isLimited ? "check branch, path, include and exclude" : "check branch and path"
        let message = "no manifests \(place): no *.yaml, *.yml or *.json; \(advice)"
        return Finding(path: "", Diagnostic(.note, at: nil, message))
    }

    /// Applies nothing, and writes down only why: live objects, their sources and how far the Sync has come stay.
    private mutating func refuseWhole() {
        plan.isRefusedWhole = true
        plan.changes = []
        plan.settings = []
        plan.pruneRefusal = nil
        plan.refusedPrunes = []
        plan.leftovers = Leftovers()
        let key = Key(.sync, "", sync)
        let old = state[key]
        let spec = old?.spec ?? SyncSpec(input.options, keeping: nil).value
        let errors = plan.findings.filter { $0.severity == .error }.map(\.rendered)
        let refusal = SyncStatus.Refusal(commit: input.commit, errors: errors)
        var status = status
        // No mark says that a report lacks it.
        if status.refusal != refusal { status.isReportOwed = Self.isReporting(spec) }
        status.refusal = refusal
        plan.writes = [.setStatus(key, .sync(status))]
        guard old == nil else { return }
        plan.writes.insert(.put(Object(kind: .sync, metadata: Metadata(name: sync, namespace: ""), spec: spec)), at: 0)
    }

    private static func isReporting(_ spec: Value) -> Bool {
        spec["reportBranch"] != nil || spec["reportDirectory"] != nil
    }

    // MARK: Records

    /// Makes a record of each file that was read; what became of its documents is decided later.
    private mutating func enterRecords() {
        records.reserveCapacity(input.readings.count)
        recordIndex.reserveCapacity(input.readings.count)
        for reading in input.readings {
            recordIndex[reading.path.text] = records.count
            let documents = reading.documents.map { document in
                let outcome: ManifestRecord.Outcome =
                    switch document.content {
                    case .desired: .applied
                    case .skipped: .skipped
                    case .invalid: .heldBack(.invalid)
                    }
                return ManifestRecord.Document(
                    position: document.position,
                    key: document.key,
                    outcome: outcome,
                    messages: document.messages
                )
            }
            records.append(
                ManifestRecord(
                    sync: sync,
                    path: reading.path.text,
                    blob: reading.id.hex,
                    documents: documents,
                    messages: reading.messages
                )
            )
        }
        guard input.isComplete else { return }
        for key in state.keys(.manifestFile) where key.namespace == sync && recordIndex[key.name] == nil {
            removed.insert(key.name)
        }
    }

    /// Enters who names which object, and compares with what the same files named before.
    private mutating func collectClaims() {
        claims.reserveCapacity(records.count)
        var before: [Key] = []
        for index in records.indices {
            let old = record(records[index].path)
            heldBackChange -= old?.heldBackCount ?? 0
            before += old?.documents.compactMap(\.key) ?? []
            for (document, key) in records[index].documents.map(\.key).enumerated() {
                if let key { claims[key, default: []].append(Place(record: index, document: document)) }
            }
        }
        for index in records.indices where input.readings[index].mayNameMore {
            keep(record(records[index].path)?.documents ?? [], in: [index])
        }
        var gone: [ManifestRecord] = []
        for path in removed.sorted() {
            guard let old = record(path) else { continue }
            heldBackChange -= old.heldBackCount
            before += old.documents.compactMap(\.key)
            gone.append(old)
        }
        before += waiting.prunes
        yieldKept()
        handOver(gone)
        handOverDropped()
        lost = Set(before).filter { claims[$0] == nil }.sorted()
    }

    /// What is recorded of a file.
    func record(_ path: String) -> ManifestRecord? {
        state[ManifestRecord.key(sync: sync, path: path)].map(ManifestRecord.init)
    }

    /// The files that were not read and name the object.
    func untouchedClaims(on key: Key) -> [String] {
        state.referrers(of: key).compactMap { referrer in
            guard referrer.kind == .manifestFile, referrer.namespace == sync, isUntouched(referrer.name) else {
                return nil
            }
            // A broken file that kept it may have let go of it.
            let isYielded = refreshed[referrer.name].map { !$0.documents.contains { $0.key == key } } ?? false
            return isYielded ? nil : referrer.name
        }
    }

    func isUntouched(_ path: String) -> Bool { recordIndex[path] == nil && !removed.contains(path) }

    mutating func reread(_ record: ManifestRecord) {
        guard let id = ObjectID(hex: record.blob) else { return }
        plan.rereads.append(Plan.Reread(path: record.path, id: id))
    }

    // MARK: What is still open

    /// Reports again what is held back in files that did not change, and has those read again that nothing holds back
    /// any more.
    private mutating func lookAtOldTroubles() {
        guard status.heldBack > 0 else { return }
        for key in state.marked(.heldBack) where key.namespace == sync && isUntouched(key.name) {
            guard let record = record(key.name), record.heldBackCount > 0 else { continue }
            oldFindings[record.path] = record.findings.filter { $0.severity == .error }
            if record.documents.contains(where: isFree) { reread(record) }
        }
    }

    /// Whether the object that another Sync or another object held has become free.
    private func isFree(_ document: ManifestRecord.Document) -> Bool {
        guard document.isHeldByAnother, let key = document.key else { return false }
        return owner(of: key) == nil
    }

    /// Looks at the objects that a file named and now does not: other files may name them still.
    private mutating func settleLostClaims() {
        for key in lost {
            let places = places(of: key)
            // Once a document is the only one of its object, it is free.
            if places.count == 1, let record = record(places[0].path) {
                if record.documents[places[0].document].outcome == .heldBack(.duplicate) { reread(record) }
            } else if places.count > 1 {
                markDuplicates(of: key)
            }
        }
    }

    // MARK: Documents

    /// Decides about each document of a file that was read.
    private mutating func decide(_ index: Int) {
        for document in records[index].documents.indices {
            guard let key = records[index].documents[document].key else { continue }
            if case .desired = content(index, document), !rules.scope.holds(key) {
                let refusal = Refusal(reason: .outOfScope, messages: rules.scope.refusals(of: key))
                holdBack(Place(record: index, document: document), refusal)
                continue
            }
            let here = claims[key] ?? []
            let count = here.count == 1 ? 1 + untouchedClaims(on: key).count : here.count
            guard count == 1 else {
                holdBackDuplicate(key, Place(record: index, document: document))
                continue
            }
            guard case .desired(let desired) = content(index, document) else { continue }
            let source = (path: records[index].shownPath, line: desired.position?.line ?? 1)
            switch decide(desired, source: source, path: records[index].path) {
            case .success: break
            case .failure(let refusal): holdBack(Place(record: index, document: document), refusal)
            }
        }
    }

    /// What a document says; nil for one that the file gave before and does not show now.
    private func content(_ index: Int, _ document: Int) -> DocumentReading.Content? {
        let documents = input.readings[index].documents
        return document < documents.count ? documents[document].content : nil
    }

    private mutating func holdBack(_ place: Place, _ refusal: Refusal) {
        let position = records[place.record].documents[place.document].position
        records[place.record].documents[place.document].outcome = .heldBack(refusal.reason)
        records[place.record].documents[place.document].messages += refusal.messages.map {
            Diagnostic(.error, at: position, $0)
        }
    }

    /// Why a document that is right in itself does not count.
    struct Refusal: Error {
        let reason: ManifestRecord.Reason
        let messages: [String]
    }

    // MARK: Duplicates

    private mutating func holdBackDuplicate(_ key: Key, _ place: Place) {
        // The files that were not read are told once, with the first of the documents that were.
        if claims[key]?.first == place { markDuplicates(of: key) }
        guard case .desired = content(place.record, place.document) else { return }
        let message = duplicateMessage(key, records[place.record].path, place.document)
        holdBack(place, Refusal(reason: .duplicate, messages: [message]))
    }

    /// Holds back the documents of files that were not read, or mends what they say of the other places.
    private mutating func markDuplicates(of key: Key) {
        _ = places(of: key)
        for path in untouchedByKey[key] ?? [] {
            guard var record = refreshed[path] ?? self.record(path) else { continue }
            let before = record
            for index in record.documents.indices where record.documents[index].key == key {
                let document = record.documents[index]
                guard document.outcome == .applied || document.outcome == .heldBack(.duplicate) else { continue }
                let message = duplicateMessage(key, path, index)
                record.documents[index].outcome = .heldBack(.duplicate)
                record.documents[index].messages =
                    document.messages.filter { $0.severity != .error }
                    + [Diagnostic(.error, at: document.position, message)]
            }
            if record != before { refreshed[path] = record }
        }
    }

    /// All documents of this Sync that name the object, by path. Collected once for each object, so that an object that
    /// stands a hundred thousand times does not cost the square of that.
    private mutating func places(of key: Key) -> [NamedPlace] {
        if let known = placesByKey[key] { return known }
        let untouched = untouchedClaims(on: key)
        var places = (claims[key] ?? []).map { place in
            let record = records[place.record]
            return NamedPlace(
                path: record.path,
                document: place.document,
                shown: shown(record.documents[place.document], in: record)
            )
        }
        for path in untouched {
            guard let record = record(path) else { continue }
            for (index, document) in record.documents.enumerated() where document.key == key {
                places.append(NamedPlace(path: path, document: index, shown: shown(document, in: record)))
            }
        }
        places.sort { ($0.path, $0.document) < ($1.path, $1.document) }
        untouchedByKey[key] = untouched
        placesByKey[key] = places
        return places
    }

    private func shown(_ document: ManifestRecord.Document, in record: ManifestRecord) -> String {
        document.position.map { "\(record.shownPath):\($0.line)" } ?? record.shownPath
    }

    /// What a duplicate says. The others are named as far as one reads on; how many there are in all is left out, so that
    /// one more of them does not change what all say.
    private mutating func duplicateMessage(_ key: Key, _ path: String, _ document: Int) -> String {
        let others = places(of: key).lazy.filter { $0.path != path || $0.document != document }.prefix(4)
        let names = others.prefix(3).map(\.shown).joined(separator: ", ") + (others.count > 3 ? " and elsewhere" : "")
        return "\(key) stands twice, also at \(names); keep one of them, until then none is applied"
    }

    // MARK: Writing

    /// Writes what became of the files.
    private mutating func writeRecords() {
        for path in refreshed.keys.sorted() where isUntouched(path) {
            guard let record = refreshed[path], let old = self.record(path) else { continue }
            heldBackChange += record.heldBackCount - old.heldBackCount
            // What was said of this file before is said anew, with the places as they are now.
            oldFindings[path] = record.findings.filter { $0.severity == .error }
            write(record)
        }
        plan.findings += oldFindings.values.joined()
        for record in records {
            heldBackChange += record.heldBackCount
            plan.findings += record.findings
            let key = ManifestRecord.key(sync: sync, path: record.path)
            if !record.documents.isEmpty || !record.messages.isEmpty {
                write(record)
            } else if state.contains(key) {
                delete(key)
            }
        }
        for path in removed.sorted() {
            let key = ManifestRecord.key(sync: sync, path: path)
            if state.contains(key) { delete(key) }
        }
    }

    private mutating func write(_ record: ManifestRecord) {
        let object = record.object
        guard state[object.key]?.spec != object.spec else { return }
        plan.writes.append(.put(object))
        plan.writes += record.markChanges(from: state.isMarked(object.key, .heldBack))
        markReport(object.key)
    }

    private mutating func delete(_ record: Key) {
        plan.writes.append(.delete(record, .background))
        if state.isMarked(record, .heldBack) { plan.writes.append(.unmark(record, .heldBack, ifVersionAtMost: .max)) }
        markReport(record)
    }

    /// Where reports are written, a record is a part of them, and so is what a Sync says; the store marks by itself only what comes from git.
    mutating func markReport(_ key: Key) {
        guard input.options.reportBranch != nil || input.options.reportDirectory != nil else { return }
        plan.writes.append(.mark(key, .unreported))
    }

    /// Notes in the same transaction that names them that new places lack the report: whether it can be written there
    /// turns out only when everything is live, and then nothing else would ask for it any more.
    private func noteReports(of old: Object?, _ spec: Value, in status: inout SyncStatus) {
        // Where an earlier branch stood says nothing of this one.
        if old?.spec["reportBranch"] != spec["reportBranch"] { status.reportCommit = nil }
        // Nor does what another key signed, or nobody.
        let fields = ["reportBranch", "reportDirectory", "reportSigner", "reportVerify"]
        let hasOtherPlaces = fields.contains { old?.spec[$0] != spec[$0] }
        // After a rebuild nobody knows where the branch stands.
        let isUnknown = spec["reportBranch"] != nil && status.reportCommit == nil
        let isMended = status.refusal != nil
        status.isReportOwed =
            Self.isReporting(spec) && (status.isReportOwed || hasOtherPlaces || isUnknown || isMended)
    }

    /// Writes how far the Sync has come.
    private mutating func writeSync() {
        let key = Key(.sync, "", sync)
        let old = state[key]
        var metadata = Metadata(name: sync, namespace: "")
        metadata.annotations = old?.metadata.annotations ?? [:]
        remainingDoubt.write(to: &metadata.annotations)
        let spec = SyncSpec(input.options, keeping: old?.spec)
        if let old { plan.settings = SettingChange.all(from: old.spec, to: spec.value) }
        plan.writes.append(.put(Object(kind: .sync, metadata: metadata, spec: spec.value)))
        var status = status
        status.branch = input.branch
        status.commit = input.commit
        status.tree = input.tree
        status.basis = input.basis
        status.runtime = input.runtime
        status.heldBack =
            input.isComplete ? records.reduce(0) { $0 + $1.heldBackCount } : status.heldBack + heldBackChange
        plan.heldBack = status.heldBack
        noteReports(of: old, spec.value, in: &status)
        status.hasWaves = input.isComplete ? input.namesWaves : status.hasWaves || input.namesWaves
        status.waves = waves
        status.refusal = nil
        status.pruneRefused = plan.pruneRefusal?.keys.count ?? 0
        status.drifted = plan.leftovers.drift.count
        status.orphaned = plan.leftovers.orphans.count
        let isShownOtherwise =
            old.map { old in
                let before = old.syncStatus
                return old.spec != spec.value || before.drifted != status.drifted || before.orphaned != status.orphaned
            } ?? false
        if isShownOtherwise { markReport(key) }
        plan.writes.append(.setStatus(key, .sync(status)))
        // Another suffix is another host for every Route, and no change of any of them wakes it.
        if let old, old.spec["domain"] != spec.value["domain"] {
            for route in state.keys(.route) { plan.writes.append(.setDue(route, now)) }
        }
        // Nor does another number of Revisions wake those who keep them.
        if let old, old.spec["keepRevisions"] != spec.value["keepRevisions"] {
            for key in state.keys(.configuration) where state[key]?.configurationStatus.unreached.isEmpty == false {
                plan.writes.append(.setDue(key, now))
            }
        }
        // Nor does another word for what is in progress wake what says it.
        if let old, old.spec["inProgress"] != spec.value["inProgress"] {
            for kind in [Kind.service, .configuration, .revision, .route] {
                for key in state.keys(kind) where state[key]?.status.conditions.isTrue("Ready") != true {
                    plan.writes.append(.setDue(key, now))
                }
            }
        }
    }
}
