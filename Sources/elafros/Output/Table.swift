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
    func rendered(_ paint: Paint = Paint(isOn: false), showsHeads: Bool = true) -> String {
        let headRow = heads.map { Cell($0) }
        let all = showsHeads ? [headRow] + rows : rows
        var widths = [Int](repeating: 0, count: heads.count)
        for row in all {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.text.count) }
        }
        var text = ""
        for row in all {
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
}
