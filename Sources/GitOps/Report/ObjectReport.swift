internal import Engine
internal import Git
internal import Resources
internal import Store
internal import YAML

/// The file of one object from git: how it fares, where it comes from, and all of it and its children, whole enough to
/// be restored.
struct ObjectReport {
    let state: State

    /// The file's bytes. Equal states give equal bytes: nothing in it depends on when it is written, and resource
    /// versions are left out.
    ///
    /// The line of the document is with the manifest's record (``ManifestRecord/home(in:)``) and not here, so that a
    /// line more at the top of a file does not rewrite the reports of all objects below it.
    func text(of root: Object, _ origin: Origin) -> [UInt8] {
        let edits = HandEdits(root, in: state)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8_192)
        let path = GitPath(origin.path).description
        bytes += "# Written by Elafros: \(root.key). Editing this file changes nothing; change \(path) instead.\n".utf8
        var map = Map()
        map["status"] = status(of: root, edits)
        let manifest = state[ManifestRecord.key(sync: origin.sync, path: origin.path)]
        let record = manifest.map(ManifestRecord.init)
        map["source"] = source(root, origin, line: record?.line(of: root.key) == nil ? origin.line : nil)
        map["lastApplied"] = origin.lastApplied
        if let manifest, record?.home(in: state) == root.key { map["manifest"] = manifest.reportValue }
        var objects: [Value] = []
        append(edits?.shown ?? root, edits, &objects)
        map["objects"] = .list(objects)
        Value.map(map).appendYAML(to: &bytes)
        return bytes
    }

    /// The file of a manifest none of whose documents is applied.
    static func text(of manifest: Object) -> [UInt8] {
        let path = GitPath(manifest.metadata.name).description
        var bytes = Array(
            "# Written by Elafros: no document of \(path) is applied. Editing this file changes nothing.\n".utf8
        )
        Value.map(["manifest": manifest.reportValue]).appendYAML(to: &bytes)
        return bytes
    }

    private func append(_ object: Object, _ edits: HandEdits?, _ objects: inout [Value]) {
        objects.append(object.reportValue)
        for key in state.children(of: object.key) {
            guard let child = state[key], child.isControlled(by: object) else { continue }
            append(edits?.shown(child) ?? child, edits, &objects)
        }
    }

    private func status(of root: Object, _ edits: HandEdits?) -> Value {
        let row = ReportRow(root, edits, in: state)
        var map = Map()
        map["ready"] = .bool(row.verdict.isReady)
        map["state"] = .string(row.verdict.state.rawValue)
        map["reason"] = row.verdict.reason.map(Value.string)
        map["message"] = row.verdict.message.map(Value.string)
        map["revision"] = row.revision.map(Value.string)
        map["address"] = row.address.map(Value.string)
        if !row.traffic.isEmpty { map["traffic"] = .list(row.traffic.map(\.value)) }
        map["runtime"] = row.runtime.map { .string(RuntimeWords.short($0)) }
        if let edits, !edits.isHealed { map["changedByHand"] = .list(edits.paths.map(Value.string)) }
        return .map(map)
    }

    private func source(_ root: Object, _ origin: Origin, line: Int?) -> Value {
        let action =
            root.metadata.generation > 1 ? "changed" : state.incarnation(of: root.key) > 0 ? "recreated" : "created"
        var map: Map = ["sync": .string(origin.sync), "path": .string(origin.path)]
        map["line"] = line.map(Value.int)
        map["commit"] = .string(origin.commit)
        map["lastAction"] = .string(action)
        return .map(map)
    }
}

extension Object {
    /// The object as reports hold it: without its resource version, which counts changes that a report does not show.
    var reportValue: Value {
        guard metadata.resourceVersion != 0 else { return value }
        var metadata = metadata
        metadata.resourceVersion = 0
        return with(metadata: metadata).value
    }
}
