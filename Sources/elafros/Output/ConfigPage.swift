internal import GitOps
internal import Resources
internal import YAML

/// What a file of Sync objects means: its errors, or what each Sync will do and when.
struct ConfigPage: Sendable {
    let config: ConfigFile
    /// From when on the next runs are counted.
    let now: Instant

    /// How many coming runs of a schedule are named.
    private static let runsShown = 3

    /// For people.
    func text(_ paint: Paint) -> String {
        let lines = FindingLines(paint: paint)
        var text = config.findings.map { lines.line($0) + "\n" }.joined()
        guard !config.hasErrors else {
            let count = config.findings.count { $0.severity == .error }
            return text + "\(counted(count, "error")); nothing of the file counts until they are mended\n"
        }
        for sync in config.syncs {
            if !text.isEmpty { text += "\n" }
            text += paint(sync.name, .strong) + "  " + paint(sync.place, .faint) + "\n"
            for (label, words) in facts(of: sync) {
                text += "  " + paint(label.padded(to: 10), .faint) + words + "\n"
            }
        }
        return text
    }

    /// As data.
    var value: Value {
        [
            "errors": .int(config.findings.count { $0.severity == .error }),
            "findings": .list(config.findings.map { FindingLines.value($0) }),
            "syncs": .list(
                config.syncs.map { sync in
                    let facts = facts(of: sync).map { Map.Entry(key: $0.label, value: .string($0.words)) }
                    return [
                        "name": .string(sync.name), "place": .string(sync.place),
                        "does": .map(Map(uniqueEntries: facts)),
                    ]
                }
            ),
        ]
    }

    private func facts(of sync: SyncDefinition) -> [(label: String, words: String)] {
        let options = sync.options
        var facts: [(label: String, words: String)] = []
        func add(_ label: String, _ words: String?) { if let words { facts.append((label, words)) } }

        if sync.isSuspended { add("suspended", "nothing is done until spec.suspend is taken away") }
        let folder = options.path.isEmpty ? "" : ", folder \(options.path)"
        add("follows", "\(options.remote), \(options.follow)\(folder)")
        add("files", patterns(options))
        add("secrets", sync.credentials.map { "\($0)" })
        add("runs", runs(sync.cadence))
        add("windows", windows(sync.cadence.windows))
        add("webhook", sync.webhook.map { "POST /hooks/\(sync.name), signed as \($0.provider) does it" })
        add("after", sync.dependsOn.isEmpty ? nil : sync.dependsOn.joined(separator: ", "))
        add("touches", scope(options))
        add("prunes", options.prunes ? "at most \(options.maxPrunePercent) % at once" : "nothing")
        add("drift", drift(options))
        if options.isAtomic { add("invalid", "one invalid manifest holds back everything") }
        let places = [
            options.reportBranch.map {
                "branch \($0)" + (options.reportKeep.map { ", of which \($0) commits are kept" } ?? "")
            },
            options.reportDirectory.map { "folder \($0)" }, options.reportNotes ? "notes on commits" : nil,
        ].compactMap { $0 }
        add(
            "signs",
            sync.reportSecrets.map { "\($0)" + (options.verifiesReport ? "; a report that is not is refused" : "") }
        )
        add("reports", places.isEmpty ? "nowhere" : places.joined(separator: " and "))
        return facts
    }

    private func patterns(_ options: SyncOptions) -> String? {
        let parts = [
            options.include.isEmpty ? nil : "only \(options.include.joined(separator: ", "))",
            options.exclude.isEmpty ? nil : "not \(options.exclude.joined(separator: ", "))",
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private func runs(_ cadence: Cadence) -> String {
        var parts: [String] = []
        if let interval = cadence.interval { parts.append("every \(interval.pause)") }
        if let schedule = cadence.schedule {
            var times: [String] = []
            var last = now
            while times.count < Self.runsShown, let next = schedule.next(after: last) {
                times.append("\(next)")
                last = next
            }
            parts.append("at \"\(schedule.text)\": \(times.joined(separator: ", "))")
        }
        return parts.joined(separator: "; ")
    }

    private func windows(_ windows: SyncWindows) -> String? {
        guard !windows.windows.isEmpty else { return nil }
        if windows.isOpen(at: now) { return "open now" }
        return windows.nextOpening(atOrAfter: now).map { "closed; opens at \($0)" }
            ?? "closed, and none opens within a year"
    }

    private func scope(_ options: SyncOptions) -> String? {
        let parts = [
            options.namespaces.map { "namespaces \($0.joined(separator: ", "))" },
            options.kinds.map { "kinds \($0.map(\.name).joined(separator: ", "))" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private func drift(_ options: SyncOptions) -> String {
        let policy =
            switch options.drift {
            case .heal: "healed"
            case .report: "reported, and left as it is"
            case .ignore: "left as it is"
            }
        guard !options.ignoreDifferences.isEmpty else { return policy }
        return policy + ", but for \(counted(options.ignoreDifferences.count, "rule")) of ignoreDifferences"
    }
}

extension String {
    /// The text with spaces after it.
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
