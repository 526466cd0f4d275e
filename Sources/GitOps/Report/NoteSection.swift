internal import Engine
internal import Git
internal import Resources
internal import Store
internal import YAML

/// What one Sync has to say in the git note on a commit: what it did, and what came of it.
///
/// A view of the state, in which nothing moves with the clock: where a sync finds the same, it writes nothing. Several Syncs
/// share the note, each with lines of its own that begin with a line which names it; a note goes on for people, who may
/// write beside them.
struct NoteSection: Hashable {
    /// The line that only this Sync's lines begin with.
    let title: String
    /// What came of the commit, and what is wrong.
    private(set) var outcome: [String] = []
    /// What was done, which only the state that did it knows.
    private(set) var deeds: [String] = []

    /// How many lines of one kind are shown before the rest is counted: as many as one reads on.
    private static let longest = 20

    /// What a Sync of a state says of a commit; nil where it neither applied nor refused it last.
    init?(_ sync: String, on commit: String, in state: State) {
        guard let object = state[Key(.sync, "", sync)] else { return nil }
        title = "Elafros: Sync \(sync) of state \(state.id)"
        let status = object.syncStatus
        if let refusal = status.refusal, refusal.commit == commit {
            outcome = ["Result: refused as a whole; nothing was applied"]
            outcome += Self.listed("Wrong", refusal.errors, count: refusal.count)
            return
        }
        guard let applied = AppliedCommit.last(of: sync, in: state), applied.commit == commit else { return nil }
        outcome = ["Result: \(applied.result.map(Self.words) ?? "applied")"]
        if let quarantined = applied.rolledBack { outcome.append("Rolled back from: \(quarantined)") }
        let changes = applied.changes.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            "\($0.value) \($0.key.rawValue)"
        }
        if !changes.isEmpty { deeds.append("Changes: \(changes.joined(separator: ", "))") }
        deeds += Self.listed("Ready", applied.revisions)
        // What was well once is told so, whatever happens later to what it brought.
        guard applied.result != .inSync else { return }
        outcome += Self.listed("Not ready", Self.troubles(of: object, in: state))
        outcome += Self.listed("Held back", Self.heldBack(of: sync, in: state))
        if status.pruneRefused > 0 { outcome.append("Not pruned: \(status.pruneRefused), as a guard refused") }
    }

    private static func words(_ outcome: SyncOutcome) -> String {
        switch outcome {
        case .inSync: "ready"
        case .couldNotRun: "not reported"
        case .invalid: "partly invalid"
        case .notReady: "not ready"
        case .refused: "prune refused"
        }
    }

    private static func listed(_ label: String, _ items: [String], count: Int? = nil) -> [String] {
        let shown = items.prefix(longest).map { "\(label): \(GitPath($0))" }
        let rest = (count ?? items.count) - shown.count
        return shown + (rest > 0 ? ["\(label): \(rest) more"] : [])
    }

    /// The objects that are not ready, each with its place in git and why. What people typed by hand is not shown.
    private static func troubles(of sync: Object, in state: State) -> [String] {
        Troubles(of: sync).keys.compactMap { key in
            guard let object = state[key], let origin = object.origin else { return nil }
            let verdict = ReportRow(object, HandEdits(object, in: state), in: state).verdict
            let why = [verdict.reason, verdict.message].compactMap { $0 }.joined(separator: ": ")
            let fares = verdict.state == .failed ? "failed" : verdict.state.words
            return "\(origin.path):\(origin.line): \(key) \(fares)" + (why.isEmpty ? "" : "; \(why)")
        }
    }

    private static func heldBack(of sync: String, in state: State) -> [String] {
        state.marked(.heldBack).filter { $0.namespace == sync }.compactMap { state[$0] }.flatMap { record in
            ManifestRecord(record).findings.filter { $0.severity == .error }.map(\.rendered)
        }
    }
}

// MARK: - In the note

extension NoteSection {
    /// The note with this Sync's lines in the place of those that it had, or after all others.
    ///
    /// Bytes, as a person may have written anything beside them. Where this state does not know any more what the commit
    /// brought, as after a loss of its disk, what the note says of that stays.
    func put(in note: [UInt8]?) -> [UInt8] {
        let lineEnd = UInt8(ascii: "\n")
        var others = (note ?? []).split(separator: lineEnd, omittingEmptySubsequences: false).map(Array.init)
        // The last line ends as well, and nothing comes after it.
        if others.last?.isEmpty == true { others.removeLast() }
        var lines = [title] + outcome
        if let start = others.firstIndex(where: { $0.elementsEqual(title.utf8) }) {
            let end = others[start...].firstIndex(where: \.isEmpty) ?? others.endIndex
            let known = others[start..<end].map { String(decoding: $0, as: UTF8.self) }
            for label in ["Changes: ", "Ready: "] {
                let ours = deeds.filter { $0.hasPrefix(label) }
                lines += ours.isEmpty ? known.filter { $0.hasPrefix(label) } : ours
            }
            others.replaceSubrange(start..<end, with: lines.map { Array($0.utf8) })
        } else {
            if !others.isEmpty { others.append([]) }
            lines += deeds
            others += lines.map { Array($0.utf8) }
        }
        return others.flatMap { $0 + [lineEnd] }
    }

    /// What tells these lines on that commit from any others.
    func digest(on commit: String) -> String {
        Checksum((["\(commit)", title] + outcome + deeds).joined(separator: "\n").utf8).hex
    }
}
