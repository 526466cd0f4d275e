/// Columns of text, as kubectl lays them out: left-aligned, three spaces apart, no rules.
struct Table: Sendable {
    /// The column heads, in capitals.
    let heads: [String]
    /// The rows, each with one cell for each head.
    private(set) var rows: [[Cell]] = []

    /// One cell: its text, and the colour that a terminal shows it in.
    struct Cell: Hashable, Sendable, ExpressibleByStringLiteral {
        let text: String
        let colour: Colour?

        /// A cell of one line.
        init(_ text: String, _ colour: Colour? = nil) {
            // One object is one line, whatever a message or a file's name holds.
            self.text = FindingLines.oneLine(String(text.map { $0.isNewline ? " " : $0 }))
            self.colour = colour
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    /// An empty table.
    init(_ heads: [String]) { self.heads = heads }

    /// Appends a row.
    mutating func append(_ row: [Cell]) {
        precondition(row.count == heads.count, "a row has one cell for each column")
        rows.append(row)
    }
}

extension Table {
    /// The table as text, each line ended. No line ends in spaces.
    ///
    /// - Parameters:
    ///   - width: how wide the table may be: what is longer in the last column goes on below it. Nil for any width.
    ///   - least: how wide the columns are at least, where the rows go on a table that stands above them.
    func rendered(
        _ paint: Paint = Paint(isOn: false),
        showsHeads: Bool = true,
        width: Int? = nil,
        atLeast least: [Int]? = nil
    ) -> String {
        let all = lines(showsHeads: showsHeads)
        let widths = widths(showsHeads: showsHeads, atLeast: least)
        let before = widths.dropLast().reduce(0) { $0 + $1 + 3 }
        var text = ""
        for row in width.map({ width in all.flatMap { Self.wrapping($0, at: width - before) } }) ?? all {
            let lastFull = row.lastIndex { !$0.text.isEmpty } ?? 0
            for (index, cell) in row.enumerated() where index <= lastFull {
                text += cell.colour.map { paint(cell.text, $0) } ?? cell.text
                guard index < lastFull else { continue }
                text += String(repeating: " ", count: widths[index] - cell.text.count + 3)
            }
            text += "\n"
        }
        return text
    }

    /// How wide the columns are.
    func widths(showsHeads: Bool = true, atLeast least: [Int]? = nil) -> [Int] {
        var widths = least ?? [Int](repeating: 0, count: heads.count)
        for row in lines(showsHeads: showsHeads) {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.text.count) }
        }
        return widths
    }

    private func lines(showsHeads: Bool) -> [[Cell]] { (showsHeads ? [heads.map { Cell($0) }] : []) + rows }

    /// A row, and below it what of its last cell does not stand beside the others.
    private static func wrapping(_ row: [Cell], at width: Int) -> [[Cell]] {
        guard let last = row.last else { return [row] }
        return last.text.wrapped(at: width).enumerated().map { number, part in
            let others = number == 0 ? row.dropLast() : row.dropLast().map { _ in Cell("") }
            return others + [Cell(part, last.colour)]
        }
    }
}

extension String {
    /// The text in lines of at most that width, or of a single longer word, broken at spaces; at least one line.
    ///
    /// - Parameter firstWidth: that of the first line, where something stands before it.
    func wrapped(at width: Int, firstAt firstWidth: Int? = nil) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ", omittingEmptySubsequences: false) {
            let room = lines.isEmpty ? firstWidth ?? width : width
            if !line.isEmpty, line.count + 1 + word.count > room {
                lines.append(line)
                line = String(word)
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        return lines + [line]
    }
}
