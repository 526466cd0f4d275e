public import Git
public import Resources
public import Store
internal import YAML

/// A state as a report tells it: what is left when the state folder is lost.
public struct RestoredReport: Sendable {
    /// The identity of the state that the report is of.
    public let stateID: String
    /// The Syncs, without how far they had come: the next sync reads everything once.
    public let syncs: [Object]
    /// The objects: Syncs, manifest records, objects from git and their children, ascending by key.
    public let objects: [Object]
    /// How often objects of a key were deleted, so that new ones get other uids.
    public let incarnations: [(key: Key, count: Int)]
    /// The commit that the report's last commit names as its source, in hex; nil for a folder.
    public internal(set) var sourceCommit: String?
    /// The report's own commit; nil for a folder.
    public internal(set) var reportCommit: ObjectID?
    /// What the signature of that commit is worth.
    public internal(set) var signature = CommitSignature.none

    /// What fills an empty state whose id is `stateID`.
    ///
    /// Every reconciler looks at its object once, `now`: due times are not in a report, as they move with the clock.
    public func changes(at now: Instant) -> [Change] {
        let shares = syncs.map { ($0.metadata.name, Share(all: $0)) }
        return changes(
            of: Dictionary(shares, uniquingKeysWith: { first, _ in first }),
            to: State(id: stateID),
            at: now
        )
    }

    /// What fills in some of the Syncs, with what is theirs and may be.
    ///
    /// What the state holds already is another Sync's, which took it meanwhile: that stays, with all below it.
    func changes(of shares: [String: Share], to state: State, at now: Instant) -> [Change] {
        let objects = objects(of: shares, lackedBy: state)
        let records = objects.filter { $0.kind == .manifestFile }.map(ManifestRecord.init)
        let reborn = Dictionary(state.incarnations.map { ($0.key, $0.count) }, uniquingKeysWith: max)
        return objects.map { .restore($0, due: $0.kind.isReconciled ? now : nil) }
            + records.flatMap { $0.markChanges(from: false) }
            + Self.unnamed(objects, records).map { .mark($0, .orphaned) }
            + incarnations.map { .setIncarnation($0.key, max($0.count, reborn[$0.key] ?? 0)) }
            + syncs.filter { shares[$0.metadata.name] != nil }.map { (sync: Object) -> Change in
                var status = sync.syncStatus
                // Else the next push would take its own branch for another runner's.
                status.reportCommit = reportCommit?.hex
                // What a daemon noted before anybody had looked at the report.
                let noted = state[sync.key]?.syncStatus
                (status.waiting, status.scheduled) = (noted?.waiting, noted?.scheduled)
                return .setStatus(sync.key, .sync(status))
            }
    }
}

extension RestoredReport {
    /// The objects of some Syncs: their own, and what was made of those.
    private func objects(of shares: [String: Share], lackedBy state: State) -> [Object] {
        let known = Dictionary(objects.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        return objects.compactMap { object in
            if object.kind == .sync { return shares[object.metadata.name].map { object.with(spec: $0.spec) } }
            if object.kind == .manifestFile { return shares[object.metadata.namespace] != nil ? object : nil }
            var next: Object? = object
            // Owners that people wrote by hand may form a ring.
            for _ in 0..<16 {
                guard let top = next, !state.contains(top.key) else { return nil }
                if let origin = top.origin {
                    return shares[origin.sync]?.scope.holds(top.key) ?? false ? object : nil
                }
                next = top.controllerKey.flatMap { known[$0] }
            }
            return nil
        }
    }

    /// The objects that no file of their Sync names: left because it may not prune, or because a guard refused. No record
    /// would lead to them.
    private static func unnamed(_ objects: [Object], _ records: [ManifestRecord]) -> [Key] {
        var named: [String: Set<Key>] = [:]
        for record in records { named[record.sync, default: []].formUnion(record.documents.compactMap(\.key)) }
        return objects.filter { object in
            object.origin.map { named[$0.sync]?.contains(object.key) != true } ?? false
        }.map(\.key)
    }
}

extension RestoredReport {
    /// What a person should know about it: whether anybody who is believed signed it.
    ///
    /// - Parameter branch: where it was read.
    public func finding(branch: String, _ signing: CommitSigning) -> Finding? {
        ReportBranch.finding(self, branch, signing)
    }

    /// The last instant that the report tells of; nil where it tells of none.
    var newest: Instant? {
        objects.flatMap { object in
            object.status.conditions.list.map(\.lastTransitionTime) + [object.metadata.creationTimestamp]
        }.compactMap { $0 }.max()
    }

    /// Makes an empty state the one that the report tells of.
    func fill(_ state: inout State, at now: Instant) throws(StoreError) {
        state.id = stateID
        try state.apply(changes(at: now), at: now)
    }
}

/// Reads reports. What is damaged is refused as a whole: half a state would be healed, pruned or rolled out wrongly.
public enum ReportReader {
    /// Reads the report in a branch of the mirror's remote.
    ///
    /// - Parameters:
    ///   - expected: the only state that is wanted; nil takes any.
    ///   - sync: the Sync that is looked for; without it, the branch holds no report that is wanted.
    ///   - signing: who must have signed the branch's last commit; nil takes any. That commit stands for all that it shows,
    ///     and nothing of it is read before.
    /// - Throws: `.notFound` where there is no such branch, or it holds no report; `.untrusted`, `.foreign`, `.newerForm`,
    ///   `.damaged`.
    public static func read(
        branch: String,
        of mirror: Mirror,
        expecting expected: String? = nil,
        holding sync: String? = nil,
        signedAs signing: CommitSigning? = nil
    ) async throws -> RestoredReport {
        guard let head = try await mirror.fetchBranch(branch) else {
            throw ReportError(.notFound, path: branch, "the remote has no branch of that name; check the name")
        }
        if let signing { try await ReportBranch(name: branch, mirror: mirror).verify(head, signing) }
        if let sync, let text = try await mirror.file(at: ReportPath.state, in: head) {
            let others = try StateFile(text, path: ReportPath.state).syncs.map(\.metadata.name)
            guard others.contains(sync) else {
                throw ReportError(.notFound, path: branch, "there is no report of Sync \(sync); check the name")
            }
        }
        var files: [String: [UInt8]] = [:]
        let listed = try await mirror.files(in: head).filter { $0.key.isText && ReportPath.isOurs($0.key.text) }
        let paths = listed.keys.sorted()
        let blobs = try await mirror.blobs(paths.compactMap { listed[$0] }, maxBytes: 1 << 30)
        for (path, blob) in zip(paths, blobs) {
            if case .bytes(let bytes) = blob { files[path.text] = bytes }
        }
        var report = try read(files, from: branch, expecting: expected)
        let prefix = "\(ReportBranch.commitTrailer): "
        let lines = try await mirror.commitInfo(head).message.split(separator: "\n")
        report.sourceCommit = lines.last { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        report.reportCommit = head
        report.signature = try await mirror.signature(of: head)
        return report
    }

    /// Reads the report in a folder.
    public static func read(directory: String, expecting expected: String? = nil) throws -> RestoredReport {
        let folder = ReportFolder(path: directory)
        var files: [String: [UInt8]] = [:]
        for path in try folder.files() { files[path] = try folder.read(path) }
        return try read(files, from: directory, expecting: expected)
    }

    /// Reads a report from its files, by path; those that are no part of one are left aside.
    public static func read(
        _ files: [String: [UInt8]],
        from place: String,
        expecting expected: String? = nil
    ) throws(ReportError) -> RestoredReport {
        guard let text = files[ReportPath.state] else {
            throw ReportError(
                .notFound,
                path: place,
                "there is no report: \(ReportPath.state) is missing; check the name"
            )
        }
        let state = try StateFile(text, path: ReportPath.state)
        if let expected, expected != state.stateID {
            throw ReportError(
                .foreign,
                path: place,
                "this report is of state \(state.stateID), not \(expected); pass --adopt to take it over"
            )
        }
        var reading = Reading()
        for path in files.keys.sorted() where path.hasSuffix(".yaml") && path.contains("/") && ReportPath.isOurs(path) {
            if let text = files[path] { try reading.take(ReportDocument(text, path: path)) }
        }
        return RestoredReport(
            stateID: state.stateID,
            syncs: state.syncs,
            objects: (state.syncs + reading.objects()).sorted { $0.key < $1.key },
            incarnations: state.incarnations
        )
    }
}

/// The objects of a report, while it is read.
private struct Reading {
    private var roots: [(object: Object, source: Node, lastApplied: Value)] = []
    private var others: [Object] = []
    private var records: [Key: ManifestRecord] = [:]
    private var places: [Key: String] = [:]

    mutating func take(_ document: ReportDocument) throws(ReportError) {
        let root = document.root
        if let node = root["manifest"] {
            let object = try ReportDocument.object(node, path: document.path, kinds: [.manifestFile])
            try add(object, node, document)
            others.append(object)
            records[object.key] = ManifestRecord(object)
        }
        guard let list = root["objects"] else {
            if root["manifest"] != nil, document.path.hasPrefix(ReportPath.manifests) { return }
            throw document.error(root, "this file holds no \"objects\"")
        }
        guard let source = root["source"], source["sync"] != nil, source["path"] != nil, source["commit"] != nil else {
            throw document.error(root["source"] ?? root, "\"source\" does not name sync, path and commit")
        }
        var isRoot = true
        for item in list.items {
            let kinds = Set(Kind.allCases).subtracting([.sync, .manifestFile, .appliedCommit, .wave])
            let object = try ReportDocument.object(item, path: document.path, kinds: kinds)
            guard !HandEdits.isSpoilt(object) else {
                let what = "an earlier version of Elafros replaced names in \(object.key)"
                throw document.error(item, what + " that objects find each other by")
            }
            try add(object, item, document)
            if isRoot {
                guard ReportPath.object(object.key) == document.path else {
                    throw document.error(item, "the file of \(object.key) is \(ReportPath.object(object.key))")
                }
                roots.append((object, source, root["lastApplied"]?.value ?? .map([:])))
            } else {
                others.append(object)
            }
            isRoot = false
        }
        if isRoot { throw document.error(list, "\"objects\" is empty") }
    }

    private mutating func add(_ object: Object, _ node: Node, _ document: ReportDocument) throws(ReportError) {
        if let earlier = places.updateValue(document.path, forKey: object.key) {
            throw document.error(node, "\(object.key) stands in \(earlier) already")
        }
    }

    /// All objects; those from git with their sources, whose lines the records know.
    func objects() -> [Object] {
        others
            + roots.map { root in
                let sync = root.source["sync"]?.text ?? ""
                let path = root.source["path"]?.text ?? ""
                let line =
                    root.source["line"]?.value.int
                    ?? records[ManifestRecord.key(sync: sync, path: path)]?.line(of: root.object.key)
                let origin = Origin(
                    sync: sync,
                    path: path,
                    line: line ?? 1,
                    commit: root.source["commit"]?.text ?? "",
                    lastApplied: root.lastApplied
                )
                return root.object.with(origin: .some(origin))
            }
    }
}

/// One parsed file of a report.
struct ReportDocument {
    let path: String
    let root: Node

    init(_ text: [UInt8], path: String) throws(ReportError) {
        self.path = path
        // A report of ours may well be larger than any manifest.
        let limits = Limits(maxBytes: 1 << 30, maxNodes: 100_000_000, maxExpandedNodes: 100_000_000)
        let file = YAMLParser(limits: limits).parse(text)
        if let error = file.diagnostics.first(where: { $0.severity == .error }) {
            throw Self.damaged(path, error.position, error.message)
        }
        guard file.documents.count == 1, let root = file.documents.first?.root, root.kind == .mapping else {
            throw Self.damaged(path, nil, "not one YAML map")
        }
        self.root = root
    }

    func error(_ node: Node, _ what: String) -> ReportError { Self.damaged(path, node.position, what) }

    /// An object as a report holds it.
    static func object(_ node: Node, path: String, kinds: Set<Kind>) throws(ReportError) -> Object {
        let object: Object
        do throws(ResourcesError) {
            object = try Object(value: node.value)
        } catch {
            throw damaged(path, node.position, error.message)
        }
        guard kinds.contains(object.kind) else {
            throw damaged(path, node.position, "no \(object.kind.name) belongs here")
        }
        guard !object.metadata.uid.isEmpty, object.metadata.generation > 0 else {
            throw damaged(path, node["metadata"]?.position ?? node.position, "\(object.key) has no uid or generation")
        }
        return object
    }

    private static func damaged(_ path: String, _ position: Position?, _ what: String) -> ReportError {
        ReportError(
            .damaged,
            path: path,
            at: position,
            "\(what); nothing was restored: take an earlier commit of the report"
        )
    }
}
