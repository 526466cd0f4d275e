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
        let delay = assumed.readyAfter == .zero ? "at once" : "\(assumed.readyAfter.goText) after it is made"
        let who: String
        switch assumed.runtime {
        case "none": who = "no runtime is at work"
        case "in-process": who = "in-process responders answer"
        default: who = "runtime \(assumed.runtime)"
        }
        let builds: String
        switch assumed.builds {
        case nil: builds = ""
        case .succeeds(let time): builds = " Every Build succeeds in \(time.goText)."
        case .stepFails(_, _, _, let time): builds = " The first step of every Build fails in \(time.goText)."
        case .sourceMissing: builds = " No Build finds its source."
        case .hangs: builds = " No Build ever ends."
        }
        return "Assumed: every new Revision is ready \(delay) (\(who)).\(builds)"
    }

    /// What the preview holds for.
    var validity: String {
        let subject = preview.subject
        let state = subject.stateID.isEmpty ? "" : "state \(subject.stateID.prefix(12)), "
        let tree = subject.tree.map { "merged tree \($0.short)" } ?? "no merged tree"
        return "Holds for \(state)base \(subject.base.short), \(tree), synced at \(subject.at)."
    }

    /// What stands over drift.
    static let drift = "Drift, healed by the same sync"

    /// The steps of the timeline that there is room for. What happens to traffic and what fails comes first: that a Revision is
    /// created stands elsewhere.
    func steps(most: Int) -> [Timeline.Entry] {
        let all = preview.timeline.entries
        guard all.count > most else { return all }
        let steps = all.filter { entry in
            switch entry.what {
            case .traffic, .blocked, .failed, .deleted, .wave: true
            case .created, .building, .built, .ready, .done: false
            }
        }
        return Array((steps.isEmpty ? all : steps).prefix(most))
    }

    private var ending: String {
        switch preview.ending {
        case .rest: "at rest after \(preview.duration.goText)"
        case .timeIsUp: "still moving after \(preview.duration.goText)"
        case .neverRests: "never at rest"
        }
    }

    /// `1 created, 2 changed; 2 new Revisions; at rest after 4s; 1 error`.
    var summary: String {
        var parts: [String] = []
        if preview.subject.tree == nil {
            parts.append("cannot be merged")
        } else {
            let counts = ChangeLines.counts(preview.changes)
            parts.append(counts.isEmpty ? "no object changes" : counts.joined(separator: ", "))
            let revisions = preview.revisions.count
            if revisions > 0 { parts.append(counted(revisions, "new Revision")) }
            parts.append(ending)
        }
        for severity in [Diagnostic.Severity.error, .warning] {
            let count = preview.newFindings.count { $0.finding.severity == severity }
            if count > 0 { parts.append(counted(count, severity.rawValue)) }
        }
        return parts.joined(separator: "; ")
    }
}
