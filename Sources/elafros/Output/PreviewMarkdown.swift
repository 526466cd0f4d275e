internal import Engine
internal import GitOps
internal import Resources
internal import YAML

/// A preview for a comment in a pull request: whole, but for lists that no comment has room for.
struct PreviewMarkdown: Sendable {
    let preview: Preview

    /// How many bytes a comment may have: GitHub takes 65,536 characters and no more.
    private static let room = 60_000
    /// How many fields of one object are listed.
    private static let mostFields = 20

    /// The whole comment: as much of each part as there is room for, the rest is counted.
    var text: String {
        for most in [150, 50, 15] {
            let text = text(most)
            if text.utf8.count <= Self.room { return text }
        }
        return text(3)
    }

    private func text(_ most: Int) -> String {
        let wording = PreviewWording(preview: preview)
        let parts = [
            "### Elafros: \(Markdown.text(wording.title))\n",
            "**\(Markdown.text(wording.summary))**\n",
            findings("Findings", most, preview.newFindings),
            changes("Changes", most, preview.changes),
            revisions(most), timeline(most),
            changes("Pending on the base already", most, preview.pending),
            changes(PreviewWording.drift, most, preview.drift),
            findings("On the base already", most, preview.findings.filter(\.isOld)),
            "\(Markdown.text(wording.ground)) \(Markdown.text(wording.assumptions)) \(Markdown.text(wording.validity))\n",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private func findings(_ title: String, _ most: Int, _ findings: [PreviewFinding]) -> String {
        list(title, most, findings) { finding in
            let diagnostic = finding.finding.diagnostic
            let path = finding.finding.path
            let place = path.isEmpty ? "" : Self.code(diagnostic.position.map { "\(path):\($0)" } ?? path) + " "
            return ["- **\(diagnostic.severity.rawValue)** \(place)\(Markdown.short(diagnostic.message, limit: 1_000))"]
        }
    }

    private func changes(_ title: String, _ most: Int, _ changes: [PlannedChange]) -> String {
        let wave = ChangeLines.waves(among: changes)
        return list(title, most, changes) { change in
            let place = ChangeLines.place(of: change).map { " in " + Self.code($0) } ?? ""
            let fields = ChangeLines.listed(change, most: Self.mostFields) { path, old, new in
                "\(Self.code(path)): \(Self.code(old)) → \(Self.code(new))"
            }
            let wave = wave(change).map { ", \($0)" } ?? ""
            return ["- \(change.action.rawValue) **\(Markdown.text(change.key.description))**\(place)\(wave)"]
                + fields.map { "  - " + $0 }
        }
    }

    private func revisions(_ most: Int) -> String {
        list("New Revisions", most, preview.revisions) { revision in
            let image = revision.image.map(Self.code) ?? "gone again in the end"
            return ["- \(Markdown.text("\(revision.key.namespace)/\(revision.key.name)")): \(image)"]
        }
    }

    private func timeline(_ most: Int) -> String {
        let entries = PreviewWording(preview: preview).steps(most: most)
        return list("Timeline", most, entries, of: preview.timeline.entries.count, head: Self.timelineHead) { entry in
            let what = Markdown.short(entry.what.description, limit: 1_000)
            return ["| \(entry.offset.goText) | \(Markdown.text(entry.key.description)) | \(what) |"]
        }
    }

    private static let timelineHead = ["| After | Object | What |", "| --- | --- | --- |"]

    private func list<Item>(
        _ title: String,
        _ most: Int,
        _ items: [Item],
        of count: Int? = nil,
        head: [String] = [],
        _ lines: (Item) -> [String]
    ) -> String {
        guard !items.isEmpty else { return "" }
        let shown = head + items.prefix(most).flatMap(lines)
        var text = "#### \(title)\n\n" + shown.map { $0 + "\n" }.joined()
        let rest = (count ?? items.count) - min(most, items.count)
        if rest > 0 { text += "\nand \(rest) more; `-o json` lists all\n" }
        return text
    }

    /// Code, cut where it is longer than anyone reads.
    private static func code(_ text: String) -> String {
        Markdown.code(text.count > 300 ? text.prefix(300) + "…" : text)
    }
}
