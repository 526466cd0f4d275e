internal import Resources
internal import Store
internal import YAML

/// state.yaml: which state a report is of, and what belongs to no single object.
struct StateFile {
    /// The state's identity.
    let stateID: String
    /// The Syncs that share the report.
    let syncs: [Object]
    /// How often objects of a key were deleted.
    let incarnations: [(key: Key, count: Int)]

    /// The version of the report's form. Raised where an older program would read a report wrongly.
    static let form = 1
}

extension StateFile {
    /// The file's bytes.
    ///
    /// How far the Syncs have come is left out. It moves with each commit, also with those that change nothing here, and
    /// a report must not change with them; after a rebuild the next sync reads everything once, and finds it equal.
    static func text(of state: State, _ scope: ReportScope) -> [UInt8] {
        let syncs = scope.syncs.map { $0.with(status: .sync($0.syncStatus.reported)).reportValue }
        var incarnations: [Map.Entry] = []
        for (key, count) in state.incarnations where scope.mayName(key, in: state) {
            incarnations.append(Map.Entry(key: key.path, value: .int(count)))
        }
        let value: Value = [
            "form": .int(form),
            "state": .string(state.id),
            "syncs": .list(syncs),
            "incarnations": .map(Map(uniqueEntries: incarnations)),
        ]
        var bytes = Array(
            "# Written by Elafros: which state this report is of. Editing this file changes nothing.\n".utf8
        )
        value.appendYAML(to: &bytes)
        return bytes
    }

    /// Reads what `text` wrote.
    init(_ text: [UInt8], path: String) throws(ReportError) {
        let root = try ReportDocument(text, path: path).root
        guard let form = root["form"]?.value.int else {
            throw ReportError(
                .damaged,
                path: path,
                at: root.position,
                "this file says no \"form\"; it was not written by Elafros"
            )
        }
        guard form <= Self.form else {
            throw ReportError(
                .newerForm,
                path: path,
                at: root["form"]?.position,
                "this report has form \(form), and this program knows forms up to \(Self.form); use a newer elafros"
            )
        }
        guard let id = root["state"]?.value.string, !id.isEmpty else {
            throw ReportError(
                .damaged,
                path: path,
                at: root.position,
                "this file names no \"state\"; take an earlier commit of the branch"
            )
        }
        stateID = id
        var syncs: [Object] = []
        if let list = root["syncs"] {
            for item in list.items { syncs.append(try ReportDocument.object(item, path: path, kinds: [.sync])) }
        }
        self.syncs = syncs
        var incarnations: [(key: Key, count: Int)] = []
        if let map = root["incarnations"] {
            for (text, keyNode, node) in map.entries {
                guard let key = Key(path: text), let count = node.value.int, count > 0 else {
                    throw ReportError(
                        .damaged,
                        path: path,
                        at: keyNode.position,
                        "not a key with a count; take an earlier commit of the branch"
                    )
                }
                incarnations.append((key, count))
            }
        }
        self.incarnations = incarnations
    }
}

extension SyncStatus {
    /// What of the status a report holds: not how far the Sync has come.
    var reported: SyncStatus {
        var status = self
        status.branch = nil
        status.commit = nil
        status.tree = nil
        status.basis = nil
        status.reportCommit = nil
        status.isReportOwed = false
        status.note = nil
        status.isNoteOwed = false
        status.runner = nil
        status.scheduled = nil
        status.waiting = nil
        status.hasWaves = false
        status.waves = SyncStatus.Waves()
        return status
    }
}
