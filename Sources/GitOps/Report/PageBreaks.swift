internal import Resources

/// Where the tables of a large report are cut into pages.
///
/// A page ends after a name whose hash says so, and at 500 rows at the latest. So where the cuts are follows from the
/// names alone (equal states have equal pages, whatever happened before), and a service more or less moves the rows of
/// its own page and seldom of one more, where pages of 500 each would all move along.
enum PageBreaks {
    /// How many rows a page holds at most; a report with no more has no pages.
    static let maxRows = 500
    /// Cuts at every so many names on average.
    private static let meanRows: UInt64 = 256

    /// The pages of rows that ascend by namespace and name, with nothing counted yet, each with the rows' indices.
    static func pages(of keys: [Key]) -> [(page: ReportSummary.Page, rows: Range<Int>)] {
        var pages: [(page: ReportSummary.Page, rows: Range<Int>)] = []
        var start = 0
        while start < keys.count {
            let namespace = keys[start].namespace
            var end = start
            while end < keys.count, keys[end].namespace == namespace { end += 1 }
            let isOnly = end - start <= maxRows
            let cuts = isOnly ? [end] : cuts(keys, start..<end)
            var first = start
            for cut in cuts {
                let page = ReportSummary.Page(
                    namespace: namespace,
                    first: isOnly ? "" : keys[first].name,
                    end: cut < end ? keys[cut].name : nil,
                    isOnly: isOnly
                )
                pages.append((page, first..<cut))
                first = cut
            }
            start = end
        }
        return pages
    }

    private static func cuts(_ keys: [Key], _ range: Range<Int>) -> [Int] {
        var cuts: [Int] = []
        var first = range.lowerBound
        var index = first
        while index < range.upperBound {
            // Objects of one name stay together, so that a page is told by names.
            var next = index + 1
            while next < range.upperBound, keys[next].name == keys[index].name { next += 1 }
            if next - first > maxRows, index > first {
                cuts.append(index)
                first = index
            }
            if Checksum(keys[index].name.utf8).value % meanRows == 0, next < range.upperBound {
                cuts.append(next)
                first = next
            }
            index = next
        }
        return cuts + [range.upperBound]
    }
}
