internal import Git
internal import GitOps
internal import Resources
internal import YAML

/// What a sync prints for people: what changed, what is held back and what to do, and how the services fare.
struct SyncSummary: Sendable {
    let result: SyncResult
    let paint: Paint
    /// Whether what was applied had been previewed; nil where nobody previews.
    var preview: PreviewLog.Standing?

    /// How many changes, findings and services are listed before the rest is counted.
    static let longest = 20
    /// How many fields of one object are listed.
    static let mostFields = 6

    /// The whole summary; one line where there was nothing new, nothing to report and nothing is amiss.
    var text: String {
        let parts = [head + settings + changes, heldBack, notes, refusal, waiting, services].filter { !$0.isEmpty }
        return parts.joined(separator: "\n") + foot(after: parts.count)
    }

    /// One line for a log: `shop at 1a2b3c4: 2 created, 1 changed; 3 ready`.
    var line: String {
        if result.isNothingNew {
            return "\(result.name): nothing new at \(result.commit.short)" + quarantined + troubles
        }
        let done = counts.isEmpty ? "no objects changed" : counts.joined(separator: ", ")
        return "\(result.name) at \(result.commit.short): \(done)" + troubles
    }

    /// That the remote stands elsewhere, where somebody went back from.
    private var quarantined: String { result.quarantined.map { " (rolled back from \($0.short))" } ?? "" }

    private var troubles: String {
        var words: [String] = []
        if result.heldBack > 0 { words.append("\(counted(result.heldBack, "manifest")) held back") }
        if result.pruneRefusal != nil { words.append("prune refused") }
        let leftovers = result.leftovers
        if !leftovers.drift.isEmpty { words.append("\(counted(leftovers.drift.count, "object")) changed by hand") }
        if !leftovers.orphans.isEmpty { words.append("\(counted(leftovers.orphans.count, "object")) not pruned") }
        if let first = result.waiting.first { words.append(FindingLines.oneLine(first.sentence)) }
        words += readinessCounts
        if preview == .notPreviewed, !result.isNothingNew { words.append("not previewed") }
        return words.isEmpty ? "" : "; " + words.joined(separator: ", ")
    }
}

// MARK: - Parts

extension SyncSummary {
    private var head: String {
        if result.isNothingNew { return "\(result.name): nothing new at \(result.commit.short)\(quarantined)\n" }
        var text = paint(result.name, .strong) + " at " + paint(result.commit.short, .place)
        if let info = result.commitInfo {
            text += " \"\(Self.oneLine(info.subject))\" by \(Self.oneLine(info.author.name))"
        }
        if let branch = result.branchName { text += ", branch \(Self.oneLine(branch))" }
        text += "\n"
        if result.isDryRun { text += "Dry run: nothing was written; this is what a sync would do.\n" }
        switch preview {
        case .previewed(let instant): text += "This tree was previewed, at \(instant).\n"
        case .notPreviewed: text += "Nobody previewed this tree.\n"
        case nil: break
        }
        if let quarantined = result.quarantined {
            text += "Rolled back from \(quarantined.short), which is not applied again; the next commit is.\n"
        }
        if result.rewroteHistory { text += "The history was rewritten by a push with force; it was followed.\n" }
        if result.rebuiltMirror { text += "The mirror was damaged or gone, and was fetched anew.\n" }
        if result.isRefusedWhole {
            text += paint("Nothing was applied", .bad) + ": --atomic, and some manifests are invalid.\n"
        }
        return text
    }

    private var settings: String {
        result.settings.map { "  \(ChangeLines(paint: paint).line($0))\n" }.joined()
    }

    private var changes: String {
        let places = result.changes.prefix(Self.longest)
        let width = places.map { $0.key.description.count }.max() ?? 0
        let lines = ChangeLines(paint: paint)
        let wave = ChangeLines.waves(among: result.changes)
        var text = ""
        for change in places {
            let name = change.key.description
            let gap = String(repeating: " ", count: width - name.count)
            let place = ChangeLines.place(of: change) ?? ""
            let line = "  \(paint(change.action.sign, change.action.colour)) \(name)\(gap)  \(paint(place, .place))"
            text += line + (remark(on: change, in: wave(change)).map { "  \($0)" } ?? "") + "\n"
            text += lines.fields(of: change, most: Self.mostFields).map { "      \($0)\n" }.joined()
        }
        let rest = result.changes.count - places.count
        if rest > 0 { text += "  and \(rest) more; -o json lists all\n" }
        return text
    }

    /// What the sign alone would not tell, and the wave where there are several.
    private func remark(on change: PlannedChange, in wave: String?) -> String? {
        let isWaiting = !change.isHeal && result.waiting.contains { $0.keys.contains(change.key) }
        let parts = [change.remark, wave, isWaiting ? "waits" : nil].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private var heldBack: String {
        let errors = result.findings.filter { $0.severity == .error }
        guard !errors.isEmpty else { return "" }
        let count = result.heldBack > 0 ? counted(result.heldBack, "manifest") + " held back" : "Errors"
        return paint(count, .bad) + "; what they last gave stays live until they are mended:\n" + list(errors)
    }

    private var notes: String { list(result.findings.filter { $0.severity != .error }) }

    private func list(_ findings: [Finding]) -> String {
        let lines = FindingLines(paint: paint)
        var text = findings.prefix(Self.longest).map { "  \(lines.line($0))\n" }.joined()
        if findings.count > Self.longest { text += "  and \(findings.count - Self.longest) more; -o json lists all\n" }
        return text
    }

    private var refusal: String {
        result.pruneRefusal.map { paint("Guard", .bad) + ": \($0.message)\n" } ?? ""
    }

    private var waiting: String {
        guard let first = result.waiting.first else { return "" }
        let count = result.waiting.reduce(0) { $0 + $1.keys.count }
        let lines = ([first.message] + result.waiting.dropFirst().map(\.sentence)).map { "  \(Self.oneLine($0))\n" }
        return paint("\(counted(count, "object")) waiting", .waiting)
            + "; `elafros serve` or the next sync goes on:\n"
            + lines.prefix(Self.longest).joined()
    }

    private var services: String {
        let shown = result.readiness.filter { $0.key.kind == .service || $0.standing != .ready }
        let places = shown.prefix(Self.longest)
        let width = places.map { Self.name($0.key).count }.max() ?? 0
        var text = places.map { readiness in
            let name = Self.name(readiness.key)
            let gap = String(repeating: " ", count: width - name.count)
            let why = [readiness.reason, readiness.message].compactMap { $0 }.map(Self.oneLine).joined(separator: ": ")
            let advice = readiness.advice.map { "      \(Self.oneLine($0))\n" } ?? ""
            let state = readiness.standing
            return "  \(paint(state.sign, state.colour)) \(name)\(gap)  \(paint(state.words, state.colour))"
                + (why.isEmpty || state == .ready ? "" : "  \(why)") + "\n" + advice
        }.joined()
        if shown.count > places.count { text += "  and \(shown.count - places.count) more\n" }
        return text
    }

    private func foot(after parts: Int) -> String {
        // What was healed or reported late belongs to no new commit, and yet somebody's branch has moved.
        guard !result.isNothingNew else { return report }
        var text = "\n"
        if result.runtime == "none", !result.isDryRun, !result.readiness.isEmpty {
            text += "Readiness is assumed: no runtime; run `elafros serve` to answer requests.\n"
        } else if result.runtime == "in-process", !result.readiness.isEmpty {
            text += "Services answer from in-process responders; no container is run.\n"
        }
        text += report
        let done = counts.isEmpty ? ["no objects changed"] : counts
        text += (done + readinessCounts).joined(separator: ", ") + "\n"
        return text
    }

    /// What became of the report.
    private var report: String {
        let note = "git notes --ref=\(SyncRun.notesName) show \(result.commit.short)"
        guard case .written = result.note else { return branchReport }
        return branchReport + "Note: written; \(note) prints it once fetched.\n"
    }

    private var branchReport: String {
        guard let report = result.report else { return "" }
        var text = report.filesWritten > 0 ? "Report: \(counted(report.filesWritten, "file")) written.\n" : ""
        if case .pushed(let commit, let skippedHooks) = report.branch {
            text += "Report: pushed as \(paint(commit.short, .place)).\n"
            if !skippedHooks.isEmpty {
                text += "Hooks of the remote that did not run: \(skippedHooks.joined(separator: ", ")).\n"
            }
        }
        return text
    }

    private var counts: [String] {
        let objects = ChangeLines.counts(result.changes)
        return objects + (result.settings.isEmpty ? [] : ["\(counted(result.settings.count, "setting")) changed"])
    }

    private var readinessCounts: [String] {
        Readiness.Standing.allInOrder.compactMap { state in
            let count = result.readiness.count { $0.standing == state && $0.key.kind == .service }
            return count > 0 ? paint("\(count) \(state.words)", state.colour) : nil
        }
    }
}

// MARK: - Words

extension SyncSummary {
    private static func name(_ key: Key) -> String {
        key.kind == .service ? "\(key.namespace)/\(key.name)" : key.description
    }

    private static func oneLine(_ text: String) -> String {
        FindingLines.oneLine(text)
    }
}

extension Readiness.Standing {
    static let allInOrder: [Self] = [.ready, .rollingOut, .starting, .waitingForBuilder, .failed]

    var words: String {
        switch self {
        case .ready: "ready"
        case .rollingOut: "rolling out"
        case .starting: "starting"
        case .waitingForBuilder: "waiting for a builder"
        case .failed: "failed"
        }
    }

    var sign: String {
        switch self {
        case .ready: "✓"
        case .rollingOut, .starting, .waitingForBuilder: "…"
        case .failed: "✗"
        }
    }

    var colour: Colour {
        switch self {
        case .ready: .good
        case .rollingOut, .starting, .waitingForBuilder: .waiting
        case .failed: .bad
        }
    }
}
