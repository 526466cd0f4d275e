internal import GitOps
internal import Resources
internal import Store
internal import YAML

/// What `elafros status` shows: what is followed, what is held back, and each Service with its traffic.
struct StatusPage: Sendable {
    /// The snapshot.
    let state: State
    /// The moment that ages are counted from.
    let now: Instant
    /// When the state was last written; nil where none was made yet.
    let lastWrite: Instant?
    /// The Services to show, in order.
    let services: [Object]
    /// The other objects that git names, and so nobody made for a Service; in order.
    let others: [Object]
    /// Whether one Service was asked for: then its events are shown, and not the Syncs and what they hold back.
    let isOne: Bool

    private var showsSyncs: Bool { !isOne }

    /// How many lines of one list are shown before the rest is counted.
    static let longest = 20
    /// How wide a line may be, where it can go on in the next.
    static let width = 120
}

// MARK: - For people

extension StatusPage {
    /// The page.
    func text(_ paint: Paint) -> String {
        var parts: [String] = []
        if showsSyncs { parts += state.keys(.sync).compactMap { state[$0] }.map { sync($0, paint) } }
        parts += services.map { service($0, paint) }
        if !others.isEmpty { parts.append(otherLines(paint)) }
        if services.isEmpty, others.isEmpty { parts.append("No services are live.\n") }
        return parts.joined(separator: "\n")
    }

    /// The other objects from git: each that is not ready, and how many are.
    private func otherLines(_ paint: Paint) -> String {
        let troubled = others.map { Readiness($0, in: state) }.filter { $0.standing != .ready }
        let lines = troubled.map { readiness in
            let standing = readiness.standing
            let why = [readiness.reason, readiness.message].compactMap { $0 }.joined(separator: ": ")
            return "\(paint(standing.sign, standing.colour)) \(paint("\(readiness.key)", .strong))"
                + "  \(paint(standing.words, standing.colour))"
                + (why.isEmpty ? "" : "  \(FindingLines.oneLine(why))")
        }
        let ready = others.count - troubled.count
        return list(lines, indent: "")
            + (ready > 0 ? "\(counted(ready, "other object")) from git: \(paint("ready", .good))\n" : "")
    }

    private func sync(_ sync: Object, _ paint: Paint) -> String {
        let status = sync.syncStatus
        let url = FindingLines.oneLine(sync.spec["url"]?.string ?? "")
        var text = "\(paint("Sync \(sync.metadata.name)", .strong)) follows \(url)\(ref(sync))\n"
        let commit = status.commit.map { "at \($0.prefix(7))" } ?? "nothing applied yet"
        let when = lastWrite.map { paint(", last change \((now - $0).age) ago", .faint) } ?? ""
        let report = status.reportCommit.map { ", report \($0.prefix(7))" } ?? ""
        text += "  \(commit)\(report)\(when)\n"
        if let child = ChildDefinition(of: sync) {
            text += "  \(paint("defined by Sync \(child.parent), at \(FindingLines.oneLine(child.place))", .faint))\n"
        }
        if let suspension = status.suspension {
            let why = FindingLines.oneLine(suspension.text)
            text += "  \(paint("suspended", .waiting)) \(why); `elafros resume \(sync.metadata.name)` has it go on\n"
        }
        if let quarantine = status.quarantine {
            let what = "rolled back from \(quarantine.commit.prefix(7))"
            text += "  \(paint(what, .waiting)), which is not applied again; the next commit is\n"
        }
        if let waiting = status.waiting { text += "  \(paint(FindingLines.oneLine(waiting), .waiting))\n" }
        for wave in WaitingWave.all(of: sync.metadata.name, in: state) {
            text += "  \(paint(FindingLines.oneLine(wave.message), .waiting))\n"
        }
        let records = state.keys(.manifestFile).filter { $0.namespace == sync.metadata.name }
            .compactMap { state[$0] }.map(ManifestRecord.init)
        let errors = records.filter { $0.heldBackCount > 0 }.flatMap(\.findings).filter { $0.severity == .error }
        let heldBack = records.reduce(0) { $0 + $1.heldBackCount }
        if heldBack > 0 {
            text += "  \(paint("\(counted(heldBack, "manifest")) held back", .bad))"
            text += "; what they last gave stays live until they are mended:\n"
            text += list(errors.sorted().map { FindingLines(paint: paint).line($0) }, indent: "    ")
        }
        if let refusal = status.refusal {
            text += "  \(paint("commit \(refusal.commit.prefix(7)) was refused as a whole", .bad))"
            text += "; nothing of it is applied until it is mended:\n"
            text += list(refusal.errors, indent: "    ")
        }
        if status.pruneRefused > 0 {
            let count = counted(status.pruneRefused, "object")
            text += "  \(paint("pruning \(count) was refused", .bad)); allow it with --max-prune or --allow-empty\n"
        }
        text += leftovers(of: sync, paint)
        let edited = HandEdited(of: sync.metadata.name, in: state)
        if !edited.healed.isEmpty {
            let count = counted(edited.healed.count, "object")
            text += "  \(paint("\(count) changed by hand", .waiting)); the next sync heals:\n"
            text += list(edited.healed.map { state.contains($0) ? "\($0)" : "\($0), deleted" }, indent: "    ")
        }
        if !edited.kept.isEmpty {
            text += "  \(counted(edited.kept.count, "object")) changed by hand where git says nothing; that stays:\n"
            text += list(edited.kept.map(\.description), indent: "    ")
        }
        return text
    }

    /// What the Sync leaves different from git, as it is told.
    private func leftovers(of sync: Object, _ paint: Paint) -> String {
        let leftovers = Leftovers(of: sync, in: state)
        var text = ""
        if !leftovers.drift.isEmpty {
            let count = counted(leftovers.drift.count, "object")
            text += "  \(paint("\(count) changed by hand", .waiting)); the Sync reports that and leaves it:\n"
            let lines = leftovers.drift.map { $0.before == nil ? "\($0.key), deleted" : "\($0.key)" }
            text += list(lines, indent: "    ")
        }
        if !leftovers.orphans.isEmpty {
            let count = counted(leftovers.orphans.count, "object")
            text += "  \(paint("\(count) no longer in git", .waiting)); the Sync may not prune, and leaves that live:\n"
            text += list(leftovers.orphans.map(\.key.description), indent: "    ")
        }
        return text
    }

    /// What of the repository is followed, where the Sync says so.
    private func ref(_ sync: Object) -> String {
        let ref = ["branch", "tag", "versions", "commit", "ref"].compactMap { name in
            sync.spec[name]?.string.map { name == "ref" ? $0 : "\(name) \($0)" }
        }.first
        let path = sync.spec["path"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        return FindingLines.oneLine((ref.map { ", \($0)" } ?? "") + (path.map { ", folder \($0)" } ?? ""))
    }

    private func service(_ service: Object, _ paint: Paint) -> String {
        let status = service.serviceStatus
        let readiness = Readiness(service, in: state)
        let standing = readiness.standing
        let name = "\(service.metadata.namespace)/\(service.metadata.name)"
        var text = "\(paint(standing.sign, standing.colour)) \(paint(name, .strong))"
        text += "  \(paint(standing.words, standing.colour))"
        if let domain = status.domain { text += "  http://\(domain)" }
        text += "\n"
        let width = status.traffic.map(\.revisionName.count).max() ?? 0
        for share in status.traffic {
            let gap = String(repeating: " ", count: width - share.revisionName.count)
            let named =
                share.name.map { name in
                    "  \(name): http://\(name).\(status.domain ?? "")"
                } ?? ""
            text += "    \(share.revisionName)\(gap)  \(TrafficBar(percent: share.percent).text)\(named)\n"
        }
        let served = served(by: service)
        if !served.isEmpty {
            let shares = served.map { "\($0.revisionName) \($0.percent)%" }.joined(separator: ", ")
            text += paint("    the Route is blocked: requests still go to \(shares)", .waiting) + "\n"
        }
        for condition in status.conditions.list { text += line(condition, paint) }
        if let advice = readiness.advice { text += "    \(FindingLines.oneLine(advice))\n" }
        if let origin = service.origin {
            let place = "\(FindingLines.oneLine(origin.path)):\(origin.line)"
            text += paint("    from \(place) at \(origin.commit.prefix(7))", .faint) + "\n"
        } else {
            text += paint("    applied by hand; no Sync follows it", .faint) + "\n"
        }
        text += handEdit(of: service, paint)
        return isOne ? text + events(service, paint) : text
    }

    /// What people did to a Service by hand, and what becomes of it.
    private func handEdit(of service: Object, _ paint: Paint) -> String {
        guard state.isMarked(service.key, .edited) || state.isMarked(service.key, .drifted) else { return "" }
        if HandEdited.isHealed(service, in: state) {
            return paint("    changed by hand; the next sync heals it (`elafros diff` shows what)", .waiting) + "\n"
        }
        let rules = DriftRules(of: service.origin.flatMap { state[Key(.sync, "", $0.sync)] })
        if rules.reports(service) {
            return paint("    changed by hand; the Sync leaves it so (`elafros diff` shows what)", .waiting) + "\n"
        }
        // What was looked at and is left is no news.
        guard state.isMarked(service.key, .edited), !rules.leavesDrift else { return "" }
        return "    changed by hand where git says nothing; that stays\n"
    }

    /// Where requests for a Service go, where that is not what its Route shows: it cannot assign its traffic.
    private func served(by service: Object) -> [TrafficShare] {
        guard let split = state[service.key.sibling(.split)] else { return [] }
        let served = (split.spec["main"]?.list ?? []).map(TrafficShare.init)
        var shown: [String: Int] = [:]
        for share in service.serviceStatus.traffic where share.percent > 0 {
            shown[share.revisionName, default: 0] += share.percent
        }
        let isShown = served.count == shown.count && served.allSatisfy { shown[$0.revisionName] == $0.percent }
        return isShown ? [] : served
    }

    /// How many events of a Service are shown.
    private static let mostEvents = 10

    /// The last of what happened to a Service and to what was made for it.
    private func events(_ service: Object, _ paint: Paint) -> String {
        let key = service.key
        let list = EventList(of: key.name, in: key.namespace, state, now: now)
        guard !list.occurrences.isEmpty else { return "" }
        let table = list.table(showsNamespace: false, last: Self.mostEvents)
        let lines = table.rendered(paint, width: Self.width - 4).split(separator: "\n")
        let left = list.occurrences.count - Self.mostEvents
        let earlier =
            left > 0 ? paint("    and \(left) earlier; `elafros events \(key.name)` shows them", .faint) + "\n" : ""
        return lines.map { "    \($0)\n" }.joined() + earlier
    }

    private func line(_ condition: Condition, _ paint: Paint) -> String {
        let cell = ObjectTable.readyCell(condition)
        let reason = condition.reason.map { " \(FindingLines.oneLine($0))" } ?? ""
        var text = "    \(condition.type): \(cell.colour.map { paint(cell.text, $0) } ?? cell.text)\(reason)"
        let age = condition.lastTransitionTime.map { "  \((now - $0).age)" } ?? ""
        if let message = condition.message, !message.isEmpty {
            let width = Self.width - age.count
            let before = "    \(condition.type): \(cell.text)\(reason): ".count
            let lines = FindingLines.oneLine(message).wrapped(at: width - 6, firstAt: width - before)
            text += ": " + lines.joined(separator: "\n      ")
        }
        return text + (age.isEmpty ? "" : paint(age, .faint)) + "\n"
    }

    private func list(_ lines: [String], indent: String) -> String {
        let shown = lines.prefix(Self.longest).map { "\(indent)\($0)\n" }.joined()
        return lines.count > Self.longest ? shown + "\(indent)and \(lines.count - Self.longest) more\n" : shown
    }
}

// MARK: - As data

extension StatusPage {
    /// The same facts for programs.
    var value: Value {
        var map = Map()
        if showsSyncs { map["syncs"] = .list(state.keys(.sync).compactMap { state[$0] }.map(syncValue)) }
        map["services"] = .list(services.map(serviceValue))
        if showsSyncs { map["others"] = .list(others.map(otherValue)) }
        return .map(map)
    }

    private func otherValue(_ object: Object) -> Value {
        let readiness = Readiness(object, in: state)
        var map: Map = [
            "kind": .string(object.kind.name), "namespace": .string(object.metadata.namespace),
            "name": .string(object.metadata.name), "state": .string(readiness.standing.words),
        ]
        map["reason"] = readiness.reason.map(Value.string)
        map["message"] = readiness.message.map(Value.string)
        return .map(map)
    }

    private func syncValue(_ sync: Object) -> Value {
        let records = state.keys(.manifestFile).filter { $0.namespace == sync.metadata.name }
            .compactMap { state[$0] }.map(ManifestRecord.init)
        var map: Map = ["name": .string(sync.metadata.name)]
        map["url"] = sync.spec["url"]
        map["commit"] = sync.syncStatus.commit.map(Value.string)
        map["reportCommit"] = sync.syncStatus.reportCommit.map(Value.string)
        map["suspended"] = sync.syncStatus.suspension.map { suspension in
            var map: Map = ["since": .string(suspension.since.description)]
            map["reason"] = suspension.reason.map(Value.string)
            return .map(map)
        }
        map["quarantined"] = sync.syncStatus.quarantine.map { .string($0.commit) }
        map["waiting"] = sync.syncStatus.waiting.map(Value.string)
        let waves = WaitingWave.all(of: sync.metadata.name, in: state)
        if !waves.isEmpty { map["waves"] = .list(waves.map(SyncData.value)) }
        map["heldBack"] = .int(records.reduce(0) { $0 + $1.heldBackCount })
        let findings = records.flatMap(\.findings).sorted()
        map["findings"] = .list(findings.map(FindingLines.value))
        let edited = HandEdited(of: sync.metadata.name, in: state)
        map["edited"] = .list(edited.healed.map { .string($0.description) })
        let leftovers = Leftovers(of: sync, in: state)
        if !leftovers.drift.isEmpty { map["drift"] = .list(leftovers.drift.map { .string($0.key.description) }) }
        if !leftovers.orphans.isEmpty { map["orphans"] = .list(leftovers.orphans.map { .string($0.key.description) }) }
        return .map(map)
    }

    private func serviceValue(_ service: Object) -> Value {
        let status = service.serviceStatus
        let readiness = Readiness(service, in: state)
        var map: Map = [
            "namespace": .string(service.metadata.namespace), "name": .string(service.metadata.name),
            "state": .string(readiness.standing.words),
        ]
        map["advice"] = readiness.advice.map(Value.string)
        map["domain"] = status.domain.map(Value.string)
        map["latestCreatedRevisionName"] = status.latestCreatedRevisionName.map(Value.string)
        map["latestReadyRevisionName"] = status.latestReadyRevisionName.map(Value.string)
        map["traffic"] = .list(status.traffic.map(\.value))
        let served = served(by: service)
        if !served.isEmpty { map["served"] = .list(served.map(\.value)) }
        map["conditions"] = status.conditions.value
        map["source"] = service.origin.map {
            ["sync": .string($0.sync), "path": .string($0.path), "line": .int($0.line), "commit": .string($0.commit)]
        }
        if isOne { map["events"] = EventList(of: service.key.name, in: service.key.namespace, state, now: now).value }
        let isEdited = state.isMarked(service.key, .edited) || state.isMarked(service.key, .drifted)
        map["edited"] = .bool(isEdited && HandEdited.isHealed(service, in: state))
        return .map(map)
    }
}
