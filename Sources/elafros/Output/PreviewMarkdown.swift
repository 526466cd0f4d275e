internal import Engine
internal import GitOps
internal import Resources
internal import YAML

/// A preview for a comment in a pull request: whole, but for lists that no comment has room for.
struct PreviewMarkdown: Sendable {
    let preview: Preview

    /// How many lines a part has before the rest is counted: forges take no comments without end.
    private static let longest = 150

    /// The whole comment.
    var text: String {
        let wording = PreviewWording(preview: preview)
        let parts = [
            "### Elafros: \(Markdown.text(wording.title))\n",
            "**\(Markdown.text(wording.summary))**\n",
            findings("Findings", preview.newFindings),
            changes("Changes", preview.changes),
            revisions, timeline,
            changes("Pending on the base already", preview.pending),
            changes("Drift, healed whatever is merged", preview.drift),
            findings("On the base already", preview.findings.filter(\.isOld)),
            "\(Markdown.text(wording.ground)) \(Markdown.text(wording.assumptions)) \(Markdown.text(wording.validity))\n",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private func findings(_ title: String, _ findings: [PreviewFinding]) -> String {
        list(title, findings) { finding in
            let diagnostic = finding.finding.diagnostic
            let path = finding.finding.path
            let place = path.isEmpty ? "" : Markdown.code(diagnostic.position.map { "\(path):\($0)" } ?? path) + " "
            return ["- **\(diagnostic.severity.rawValue)** \(place)\(Markdown.text(diagnostic.message))"]
        }
    }

    private func changes(_ title: String, _ changes: [PlannedChange]) -> String {
        list(title, changes) { change in
            let place = PreviewWording.place(change).map { " in " + Markdown.code($0) } ?? ""
            return ["- \(change.action.rawValue) **\(Markdown.text(change.key.description))**\(place)"]
                + fields(of: change)
        }
    }

    private func fields(of change: PlannedChange) -> [String] {
        guard change.before != nil, change.after != nil else { return [] }
        return change.fields.map { field in
            let (old, new) = (PreviewWording.short(field.old), PreviewWording.short(field.new))
            return "  - \(Markdown.code(field.path.description)): \(Markdown.code(old)) → \(Markdown.code(new))"
        }
    }

    private var revisions: String {
        list("New Revisions", preview.revisions) { revision in
            let image = revision.image.map { Markdown.code($0) } ?? "gone again in the end"
            return ["- \(Markdown.text("\(revision.key.namespace)/\(revision.key.name)")): \(image)"]
        }
    }

    private var timeline: String {
        guard !preview.timeline.entries.isEmpty else { return "" }
        return list("Timeline", preview.timeline.entries, head: ["| After | Object | What |", "| --- | --- | --- |"]) {
            entry in
            let what = Markdown.text(entry.what.description)
            return ["| \(PreviewWording.time(entry.offset)) | \(Markdown.text(entry.key.description)) | \(what) |"]
        }
    }

    private func list<Item>(
        _ title: String,
        _ items: [Item],
        head: [String] = [],
        _ lines: (Item) -> [String]
    ) -> String {
        guard !items.isEmpty else { return "" }
        let shown = head + items.prefix(Self.longest).flatMap(lines)
        var text = "#### \(title)\n\n" + shown.map { $0 + "\n" }.joined()
        let rest = items.count - Self.longest
        if rest > 0 { text += "\nand \(rest) more\n" }
        return text
    }
}
