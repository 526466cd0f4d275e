internal import Engine
internal import GitOps
internal import Resources
internal import YAML

/// What `preview` prints for people at a terminal.
struct PreviewText: Sendable {
    let preview: Preview
    let paint: Paint

    /// How many lines a part has before the rest is counted.
    private static let longest = 100
    /// How many fields of one object are listed.
    private static let mostFields = 20

    /// The whole preview.
    var text: String {
        let parts = [
            head,
            changes(PreviewWording.drift, preview.drift),
            changes("Pending on the base already", preview.pending),
            changes("Changes", preview.changes),
            revisions, timeline, findings, foot,
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var wording: PreviewWording { PreviewWording(preview: preview) }

    private var head: String {
        let title = FindingLines.oneLine(wording.title)
        return paint("Preview of \(title)", .strong)
            + "\n\(FindingLines.oneLine(wording.ground))\n\(wording.assumptions)\n"
    }

    private func changes(_ title: String, _ changes: [PlannedChange]) -> String {
        let wave = ChangeLines.waves(among: changes)
        return part(title, changes) { change in
            let place = ChangeLines.place(of: change).map { "  " + paint($0, .place) } ?? ""
            let parts = [change.remark, wave(change)].compactMap { $0 }
            let remark = parts.isEmpty ? "" : "  " + parts.joined(separator: "; ")
            let fields = ChangeLines(paint: paint).fields(of: change, most: Self.mostFields)
            return ["  \(paint(change.action.sign, change.action.colour)) \(change.key)\(place)\(remark)"]
                + fields.map { "      " + $0 }
        }
    }

    private var revisions: String {
        part("New Revisions", preview.revisions) { revision in
            let image = revision.image.map { "  \(FindingLines.oneLine($0))" } ?? "  gone again in the end"
            return ["  \(revision.key.namespace)/\(revision.key.name)\(image)"]
        }
    }

    private var timeline: String {
        let entries = wording.steps(most: Self.longest)
        let width = entries.prefix(Self.longest).map { $0.offset.goText.count }.max() ?? 0
        return part("Timeline", entries, of: preview.timeline.entries.count) { entry in
            let time = entry.offset.goText
            let gap = String(repeating: " ", count: width - time.count)
            return ["  +\(time)\(gap)  \(entry.key)  \(FindingLines.oneLine(entry.what.description))"]
        }
    }

    private var findings: String {
        let lines = FindingLines(paint: paint)
        func list(_ title: String, _ findings: [PreviewFinding]) -> String {
            part(title, findings) { ["  " + lines.line($0.finding)] }
        }
        return [
            list("Findings", preview.newFindings),
            list("On the base already", preview.findings.filter(\.isOld)),
        ].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var foot: String { paint(wording.summary, .strong) + "\n" + paint(wording.validity, .faint) + "\n" }

    /// - Parameter count: how many items there are; nil for those that are given.
    private func part<Item>(
        _ title: String,
        _ items: [Item],
        of count: Int? = nil,
        _ lines: (Item) -> [String]
    ) -> String {
        guard !items.isEmpty else { return "" }
        var text = paint(title, .strong) + "\n"
        let shown = items.prefix(Self.longest)
        text += shown.flatMap(lines).map { $0 + "\n" }.joined()
        let rest = (count ?? items.count) - shown.count
        return rest > 0 ? text + "  and \(rest) more; -o json lists all\n" : text
    }
}
