internal import Engine
internal import Git
internal import GitOps
internal import Resources
internal import YAML

/// What `preview` prints for programs. Field names are a promise: they are added to, and never change their meaning.
struct PreviewData: Sendable {
    let preview: Preview

    /// The whole preview.
    var value: Value {
        let subject = preview.subject
        var map: Map = ["sync": .string(subject.sync), "remote": .string(subject.remote)]
        map["live"] = live
        var base: Map = ["commit": .string(subject.base.hex)]
        base["branch"] = subject.baseBranch.map(Value.string)
        map["base"] = .map(base)
        var head: Map = ["name": .string(subject.headName)]
        head["commit"] = subject.head.map { .string($0.hex) }
        map["head"] = .map(head)
        map["tree"] = subject.tree.map { .string($0.hex) }
        map["at"] = .string(subject.at.description)
        map["assumed"] = assumed
        map["changes"] = .list(preview.changes.map(SyncData.value))
        map["pending"] = .list(preview.pending.map(SyncData.value))
        map["drift"] = .list(preview.drift.map(SyncData.value))
        map["revisions"] = .list(preview.revisions.map(Self.value))
        map["timeline"] = .list(preview.timeline.entries.map(Self.value))
        map["findings"] = .list(preview.findings.map(Self.value))
        map["readiness"] = .list(preview.readiness.map(SyncData.value))
        // Where there is no merged tree, nothing was run.
        if subject.tree != nil {
            map["atRest"] = .bool(preview.isAtRest)
            map["durationMilliseconds"] = .int(Int(preview.duration.wholeMilliseconds))
        }
        return .map(map)
    }

    private var assumed: Value {
        let assumed = preview.assumptions
        var map: Map = [
            "runtime": .string(assumed.runtime),
            "readyAfterMilliseconds": .int(Int(assumed.readyAfter.wholeMilliseconds)),
        ]
        switch assumed.builds {
        case nil: break
        case .succeeds(let time):
            map["builds"] = "succeed"
            map["buildsAfterMilliseconds"] = .int(Int(time.wholeMilliseconds))
        case .stepFails(_, _, _, let time):
            map["builds"] = "fail"
            map["buildsAfterMilliseconds"] = .int(Int(time.wholeMilliseconds))
        case .sourceMissing: map["builds"] = "source-missing"
        case .hangs: map["builds"] = "hang"
        }
        return .map(map)
    }

    private var live: Value {
        let subject = preview.subject
        var map = Map()
        switch subject.ground {
        case .state: map["from"] = "state"
        case .report(let branch): (map["from"], map["branch"]) = ("report", .string(branch))
        case .base: map["from"] = "base"
        }
        map["state"] = subject.stateID.isEmpty ? nil : .string(subject.stateID)
        map["commit"] = subject.liveCommit.map(Value.string)
        return .map(map)
    }

    private static func value(_ revision: Preview.NewRevision) -> Value {
        var map = SyncData.object(revision.key)
        map["image"] = revision.image.map(Value.string)
        map["afterMilliseconds"] = .int(Int(revision.offset.wholeMilliseconds))
        return .map(map)
    }

    private static func value(_ entry: Timeline.Entry) -> Value {
        var map = SyncData.object(entry.key)
        map["afterMilliseconds"] = .int(Int(entry.offset.wholeMilliseconds))
        switch entry.what {
        case .created: map["what"] = "created"
        case .building: map["what"] = "building"
        case .built: map["what"] = "built"
        case .ready: map["what"] = "ready"
        case .done: map["what"] = "done"
        case .deleted: map["what"] = "deleted"
        case .wave(let number): (map["what"], map["wave"]) = ("wave", .int(number))
        case .failed(let reason, let message):
            (map["what"], map["reason"], map["message"]) = ("failed", .string(reason), .string(message))
        case .traffic(let shares): (map["what"], map["traffic"]) = ("traffic", Self.value(shares))
        case .blocked(let shares): (map["what"], map["traffic"]) = ("blocked", Self.value(shares))
        }
        return .map(map)
    }

    private static func value(_ shares: [TrafficShare]) -> Value {
        .list(
            shares.map { share in
                var part: Map = ["revisionName": .string(share.revisionName), "percent": .int(share.percent)]
                part["name"] = share.name.map(Value.string)
                return .map(part)
            }
        )
    }

    private static func value(_ finding: PreviewFinding) -> Value {
        guard case .map(var map) = FindingLines.value(finding.finding) else { return .map([:]) }
        map["topic"] = .string(finding.topic.rawValue)
        map["onBaseAlready"] = .bool(finding.isOld)
        return .map(map)
    }
}
