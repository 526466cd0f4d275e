internal import Git
internal import GitOps
internal import Resources
internal import YAML

/// What a sync prints for programs. Field names are a promise: they are added to, and never change their meaning.
struct SyncData: Sendable {
    let result: SyncResult
    /// Whether what was applied had been previewed; nil where nobody previews.
    var preview: PreviewLog.Standing?

    /// The whole result.
    var value: Value {
        var map: Map = [
            "sync": .string(result.name), "remote": .string(result.remote), "commit": .string(result.commit.hex),
        ]
        map["branch"] = result.branchName.map(Value.string)
        map["subject"] = result.commitInfo.map { .string($0.subject) }
        map["author"] = result.commitInfo.map { .string($0.author.name) }
        switch preview {
        case .previewed(let instant): (map["previewed"], map["previewedAt"]) = (true, .string(instant.description))
        case .notPreviewed: map["previewed"] = false
        case nil: break
        }
        map["nothingNew"] = .bool(result.isNothingNew)
        map["dryRun"] = .bool(result.isDryRun)
        map["rewroteHistory"] = .bool(result.rewroteHistory)
        map["rebuiltMirror"] = .bool(result.rebuiltMirror)
        map["refusedWhole"] = .bool(result.isRefusedWhole)
        map["heldBack"] = .int(result.heldBack)
        map["changes"] = .list(result.changes.map(Self.value))
        map["settings"] = .list(result.settings.map(Self.value))
        map["findings"] = .list(result.findings.map(FindingLines.value))
        map["pruneRefusal"] = result.pruneRefusal.map { refusal in
            ["message": .string(refusal.message), "objects": .list(refusal.keys.map { .string($0.description) })]
        }
        let leftovers = result.leftovers
        if !leftovers.drift.isEmpty { map["drift"] = .list(leftovers.drift.map(Self.drift)) }
        if !leftovers.orphans.isEmpty { map["orphans"] = .list(leftovers.orphans.map { .map(Self.object($0.key)) }) }
        if !result.waiting.isEmpty { map["waiting"] = .list(result.waiting.map(Self.value)) }
        map["readiness"] = .list(result.readiness.map(Self.value))
        map["atRest"] = .bool(result.isAtRest)
        map["report"] = result.report.map(Self.value)
        if case .written(let commit, _) = result.note { map["note"] = .string(commit.hex) }
        map["runtime"] = .string(result.runtime)
        map["exitCode"] = .int(Int(result.exitCode))
        return .map(map)
    }

    static func value(_ change: PlannedChange) -> Value {
        var map = Self.object(change.key)
        map["action"] = .string(change.action.rawValue)
        map["path"] = change.source.map { .string($0.path) }
        map["line"] = change.source.map { .int($0.line) }
        map["wave"] = change.wave.map(Value.int)
        if change.before != nil, change.after != nil {
            map["fields"] = .list(
                change.fields.map { field in
                    var map: Map = ["path": .string(field.path.description)]
                    map["old"] = field.old
                    map["new"] = field.new
                    return .map(map)
                }
            )
        }
        return .map(map)
    }

    /// What was done by hand, with what healing would make of each field.
    private static func drift(_ change: PlannedChange) -> Value {
        var map = value(change).map ?? Map()
        map["action"] = nil
        map["deleted"] = .bool(change.before == nil)
        return .map(map)
    }

    /// A wave that waits, as `status` shows it too.
    static func value(_ wave: WaitingWave) -> Value {
        var map: Map = ["wave": .int(wave.number), "prunes": .bool(wave.isPrune), "message": .string(wave.message)]
        map["objects"] = .list(wave.keys.map { .map(object($0)) })
        map["waitsFor"] = (wave.blocker?.key ?? wave.missing).map { .map(object($0)) }
        return .map(map)
    }

    private static func value(_ setting: SettingChange) -> Value {
        var map: Map = ["option": .string(setting.option), "new": setting.new]
        map["old"] = setting.old
        return .map(map)
    }

    private static func value(_ report: ReportOutcome) -> Value {
        var map: Map = ["filesWritten": .int(report.filesWritten)]
        switch report.branch {
        case .pushed(let commit, _): map["pushed"] = .string(commit.hex)
        case .unchanged(let commit): map["commit"] = commit.map { .string($0.hex) }
        case .movedByAnotherRunner(let commit): map["movedByAnotherRunner"] = .string(commit.hex)
        case nil: break
        }
        return .map(map)
    }

    static func value(_ readiness: Readiness) -> Value {
        var map = object(readiness.key)
        map["state"] = .string(readiness.standing.rawValue)
        map["reason"] = readiness.reason.map(Value.string)
        map["message"] = readiness.message.map(Value.string)
        map["advice"] = readiness.advice.map(Value.string)
        return .map(map)
    }

    static func object(_ key: Key) -> Map {
        ["kind": .string(key.kind.name), "namespace": .string(key.namespace), "name": .string(key.name)]
    }
}
