internal import Engine
internal import Git
internal import GitOps
internal import Resources
internal import YAML

/// The sentences of a preview, which text and Markdown share. Plain: whoever prints them marks up what is in them.
struct PreviewWording: Sendable {
    let preview: Preview

    /// `merging feature (1a2b3c4) into main (9f8e7d6)`.
    var title: String {
        let subject = preview.subject
        let head = subject.head.map { isCommit(subject.headName) ? $0.short : "\(subject.headName) (\($0.short))" }
        let base = subject.baseBranch.map { "\($0) (\(subject.base.short))" } ?? subject.base.short
        return "merging \(head ?? subject.headName) into \(base)"
    }

    private func isCommit(_ name: String) -> Bool { preview.subject.head.map { name == "commit \($0.short)" } ?? false }

    /// Where the live state comes from.
    var ground: String {
        let subject = preview.subject
        let commit = subject.liveCommit.map { " at \($0.prefix(7))" } ?? ""
        switch subject.ground {
        case .state: return "Sync \(subject.sync), live state of the state folder\(commit)."
        case .report(let branch):
            return "Sync \(subject.sync), live state from the report in branch \(branch)\(commit)."
        case .base:
            return "No Sync of this repository is live: what the base alone would make stands for the live state."
        }
    }

    /// What is assumed and not known.
    var assumptions: String {
        let assumed = preview.assumptions
        let delay = assumed.readyAfter == .zero ? "at once" : "\(Self.time(assumed.readyAfter)) after it is made"
        let who: String
        switch assumed.runtime {
        case "none": who = "no runtime is at work"
        case "in-process": who = "in-process responders answer"
        default: who = "runtime \(assumed.runtime)"
        }
        return "Assumed: every new Revision is ready \(delay) (\(who))."
    }

    /// What the preview holds for.
    var validity: String {
        let subject = preview.subject
        let state = subject.stateID.isEmpty ? "" : "state \(subject.stateID.prefix(12)), "
        let tree = subject.tree.map { "merged tree \($0.short)" } ?? "no merged tree"
        return "Holds for \(state)base \(subject.base.short), \(tree), synced at \(subject.at)."
    }

    /// `1 created, 2 changed; 2 new Revisions; at rest after 4s; 1 error`.
    var summary: String {
        var parts: [String] = []
        if preview.subject.tree == nil {
            parts.append("cannot be merged")
        } else {
            let counts = PlannedChange.Action.allInOrder.compactMap { action in
                let count = preview.changes.count { $0.action == action }
                return count > 0 ? "\(count) \(action.rawValue)" : nil
            }
            parts.append(counts.isEmpty ? "no object changes" : counts.joined(separator: ", "))
            let revisions = preview.revisions.count
            if revisions > 0 { parts.append(counted(revisions, "new Revision")) }
            parts.append(preview.isAtRest ? "at rest after \(Self.time(preview.duration))" : "never at rest")
        }
        for severity in [Diagnostic.Severity.error, .warning] {
            let count = preview.newFindings.count { $0.finding.severity == severity }
            if count > 0 { parts.append(counted(count, severity.rawValue)) }
        }
        return parts.joined(separator: "; ")
    }

    /// A length of time: `0s`, `1.5s`, `2m10s`, `1h`.
    static func time(_ duration: Duration) -> String {
        let milliseconds = duration.wholeMilliseconds
        let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
        let (seconds, rest) = (milliseconds / 1_000 % 60, milliseconds % 1_000)
        var text = (hours > 0 ? "\(hours)h" : "") + (minutes > 0 ? "\(minutes)m" : "")
        if seconds > 0 || rest > 0 || text.isEmpty {
            var fraction = rest == 0 ? "" : "." + String(String(rest + 1_000).dropFirst())
            while fraction.hasSuffix("0") { fraction.removeLast() }
            text += "\(seconds)\(fraction)s"
        }
        return text
    }

    /// A value as it is shown in one line: long ones are cut.
    static func short(_ value: Value?) -> String {
        guard let value else { return "nothing" }
        let json = FindingLines.oneLine(value.json)
        return json.count > 60 ? json.prefix(59) + "…" : json
    }

    /// The manifest's place; nil where it has none.
    static func place(_ change: PlannedChange) -> String? {
        change.source.map { "\(FindingLines.oneLine($0.path)):\($0.line)" }
    }
}
