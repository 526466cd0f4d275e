/// The difference of two texts as `diff -u` writes it.
///
/// For objects as YAML, some hundred lines at most: the longest common subsequence by a table of both lengths, after the
/// equal start and end are set aside. Where that table would grow past a bound the middle is shown as replaced whole.
struct UnifiedDiff: Hashable, Sendable {
    /// The lines that are shown; none where both texts are equal.
    let lines: [Line]

    /// One line of the output, without its line end.
    struct Line: Hashable, Sendable {
        let role: Role
        let text: String

        /// What a line is.
        enum Role: Hashable, Sendable { case header, hunk, context, removed, added }
    }

    /// How many equal lines stand around a difference.
    static let context = 3
    /// The most cells of the table, 16 MB of them.
    static let maxCells = 4_000_000

    /// Compares two texts.
    ///
    /// - Parameters:
    ///   - oldName: what the old text is, after `---`; `/dev/null` where there is none.
    ///   - newName: what the new text is, after `+++`.
    init(from old: String, named oldName: String, to new: String, named newName: String) {
        let edits = Self.edits(Self.split(old), Self.split(new))
        let hunks = Self.hunks(edits)
        let header = [Line(role: .header, text: "--- \(oldName)"), Line(role: .header, text: "+++ \(newName)")]
        lines = hunks.isEmpty ? [] : header + hunks
    }

    /// The text, each line ended.
    func rendered(_ paint: Paint) -> String {
        lines.map { line in
            switch line.role {
            case .header: paint(line.text, .strong) + "\n"
            case .hunk: paint(line.text, .place) + "\n"
            case .context: line.text + "\n"
            case .removed: paint(line.text, .bad) + "\n"
            case .added: paint(line.text, .good) + "\n"
            }
        }.joined()
    }
}

extension UnifiedDiff {
    private enum Edit {
        case keep(Substring)
        case remove(Substring)
        case add(Substring)
    }

    private static func split(_ text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private static func edits(_ old: [Substring], _ new: [Substring]) -> [Edit] {
        var start = 0
        while start < old.count, start < new.count, old[start] == new[start] { start += 1 }
        var end = 0
        while end < old.count - start, end < new.count - start, old[old.count - 1 - end] == new[new.count - 1 - end] {
            end += 1
        }
        let middle = changed(Array(old[start..<old.count - end]), Array(new[start..<new.count - end]))
        return old[..<start].map(Edit.keep) + middle + old[(old.count - end)...].map(Edit.keep)
    }

    private static func changed(_ old: [Substring], _ new: [Substring]) -> [Edit] {
        guard !old.isEmpty, !new.isEmpty, old.count * new.count <= maxCells else {
            return old.map(Edit.remove) + new.map(Edit.add)
        }
        // common[i][j]: the longest common subsequence of old[i...] and new[j...].
        let width = new.count + 1
        var common = [Int32](repeating: 0, count: (old.count + 1) * width)
        for i in old.indices.reversed() {
            for j in new.indices.reversed() {
                common[i * width + j] =
                    old[i] == new[j]
                    ? common[(i + 1) * width + j + 1] + 1
                    : max(common[(i + 1) * width + j], common[i * width + j + 1])
            }
        }
        var edits: [Edit] = []
        var (i, j) = (0, 0)
        while i < old.count, j < new.count {
            if old[i] == new[j] {
                edits.append(.keep(old[i]))
                i += 1
                j += 1
            } else if common[(i + 1) * width + j] >= common[i * width + j + 1] {
                edits.append(.remove(old[i]))
                i += 1
            } else {
                edits.append(.add(new[j]))
                j += 1
            }
        }
        return edits + old[i...].map(Edit.remove) + new[j...].map(Edit.add)
    }

    private static func hunks(_ edits: [Edit]) -> [Line] {
        let changes = edits.indices.filter { if case .keep = edits[$0] { false } else { true } }
        var lines: [Line] = []
        var next = changes.startIndex
        var (oldLine, newLine, position) = (1, 1, 0)
        while next < changes.endIndex {
            let first = max(changes[next] - context, 0)
            var last = changes[next]
            while next < changes.endIndex, changes[next] <= last + 2 * context {
                last = changes[next]
                next += 1
            }
            let range = first...min(last + context, edits.count - 1)
            // Up to the hunk both texts run in step.
            (oldLine, newLine) = (oldLine + first - position, newLine + first - position)
            let hunk = edits[range].map(line)
            let oldCount = hunk.count { $0.role != .added }
            let newCount = hunk.count { $0.role != .removed }
            let places = "-\(place(oldLine, oldCount)) +\(place(newLine, newCount))"
            lines.append(Line(role: .hunk, text: "@@ \(places) @@"))
            lines += hunk
            (oldLine, newLine, position) = (oldLine + oldCount, newLine + newCount, range.upperBound + 1)
        }
        return lines
    }

    /// Where a hunk begins and how long it is; an empty one names the line before it, as `diff -u` does.
    private static func place(_ line: Int, _ count: Int) -> String {
        switch count {
        case 0: "\(line - 1),0"
        case 1: "\(line)"
        default: "\(line),\(count)"
        }
    }

    private static func line(_ edit: Edit) -> Line {
        switch edit {
        case .keep(let text): Line(role: .context, text: " \(text)")
        case .remove(let text): Line(role: .removed, text: "-\(text)")
        case .add(let text): Line(role: .added, text: "+\(text)")
        }
    }
}
