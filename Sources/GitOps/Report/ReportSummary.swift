internal import Resources
internal import YAML

/// What README.md counts past the size at which it can show every row: a page's numbers and problems each.
///
/// Kept in the report itself, in summary.yaml, and read back from there the next time, so that a change of one service
/// among ten thousand reads the rows of one page. It belongs to the report rather than to the state because it describes
/// the files beside it: a folder that is emptied, or a branch that is thrown away, takes it along, and everything is
/// counted anew. Where it was edited its checksum no longer fits, and likewise everything is counted anew.
struct ReportSummary: Hashable {
    /// The pages, ascending by namespace and first name.
    var pages: [Page] = []
    /// The manifest files with documents that are held back, ascending.
    var files: [FileProblems] = []
    /// The objects from git that are no Services, ascending: Services are all known by their kind.
    var others: [Key] = []

    /// One page: the names from `first` up to, and without, `end`.
    struct Page: Hashable {
        var namespace: String
        var first: String
        /// The first name of the next page of the namespace; nil for the last.
        var end: String?
        var totals = ReportTotals()
        var runtimes: [String] = []
        /// The first problems of the page, as Markdown.
        var problems: [String] = []
        var problemCount = 0
        /// Whether the namespace has no other page.
        var isOnly = true
    }

    /// What one manifest file's documents are held back for.
    struct FileProblems: Hashable {
        var sync: String
        var path: String
        /// How many documents are held back.
        var heldBack: Int
        /// The problems, as Markdown.
        var lines: [String]
    }
}

extension ReportSummary {
    /// How many problems of a page are kept for README.md; the page itself lists all.
    static let problemsPerPage = 20

    /// The file: a comment with a checksum of the rest, then the rest.
    var text: [UInt8] {
        var body: [UInt8] = []
        value.appendYAML(to: &body)
        let head =
            "# Written by Elafros: what README.md counts. Editing this file changes nothing. checksum: \(Checksum(body).hex)\n"
        return Array(head.utf8) + body
    }

    /// Reads what `text` wrote; nil for anything else.
    init?(text: [UInt8]) {
        guard let lineEnd = text.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let head = String(decoding: text[..<lineEnd], as: UTF8.self)
        let body = Array(text[(lineEnd + 1)...])
        guard head.hasSuffix(" checksum: \(Checksum(body).hex)") else { return nil }
        let limits = Limits(maxBytes: 1 << 30, maxNodes: .max, maxExpandedNodes: .max)
        guard let value = YAMLParser(limits: limits).parse(body).documents.first?.root.value else { return nil }
        pages = (value["pages"]?.list ?? []).map { page in
            var totals = ReportTotals()
            for (name, field) in ReportTotals.fields { totals[keyPath: field] = page[name]?.int ?? 0 }
            return Page(
                namespace: page["namespace"]?.string ?? "",
                first: page["first"]?.string ?? "",
                end: page["end"]?.string,
                totals: totals,
                runtimes: (page["runtimes"]?.list ?? []).compactMap(\.string),
                problems: (page["problems"]?.list ?? []).compactMap(\.string),
                problemCount: page["problemCount"]?.int ?? 0,
                isOnly: page["isOnly"]?.bool ?? true
            )
        }
        files = (value["files"]?.list ?? []).map { file in
            FileProblems(
                sync: file["sync"]?.string ?? "",
                path: file["path"]?.string ?? "",
                heldBack: file["heldBack"]?.int ?? 0,
                lines: (file["lines"]?.list ?? []).compactMap(\.string)
            )
        }
        others = (value["others"]?.list ?? []).compactMap { $0.string.flatMap { Key(path: $0) } }
    }

    private var value: Value {
        let pages = pages.map { page in
            var map: Map = ["namespace": .string(page.namespace), "first": .string(page.first)]
            map["end"] = page.end.map(Value.string)
            for (name, field) in ReportTotals.fields where page.totals[keyPath: field] > 0 {
                map[name] = .int(page.totals[keyPath: field])
            }
            map["runtimes"] = page.runtimes.isEmpty ? nil : .list(page.runtimes.map(Value.string))
            map["problems"] = page.problems.isEmpty ? nil : .list(page.problems.map(Value.string))
            map["problemCount"] = page.problemCount == 0 ? nil : .int(page.problemCount)
            map["isOnly"] = page.isOnly ? nil : false
            return Value.map(map)
        }
        let files = files.map { file in
            Value.map([
                "sync": .string(file.sync), "path": .string(file.path), "heldBack": .int(file.heldBack),
                "lines": .list(file.lines.map(Value.string)),
            ])
        }
        return ["pages": .list(pages), "files": .list(files), "others": .list(others.map { .string($0.path) })]
    }
}

extension ReportSummary.Page {
    /// The page's file.
    var path: String { isOnly ? ReportPath.namespaceReadme(namespace) : ReportPath.page(namespace, first: first) }

    /// Whether another page holds the same names, if at other numbers.
    func hasSameNames(as other: Self) -> Bool {
        namespace == other.namespace && first == other.first && end == other.end && isOnly == other.isOnly
    }
}
