/// One of a schedule's five fields: which minutes, hours, days, months or days of the week.
///
/// A list of numbers, ranges and `*`, each of the latter two with a step behind `/` if need be; `5/10` is from 5 to the
/// end in steps of ten. Months and days of the week have names too, in letters of either case.
struct CronField: Hashable {
    /// The bit of each number that is meant.
    let bits: UInt64
    /// Whether the field begins with `*`, as `*` and `*/2` do.
    let startsWithStar: Bool
    /// Whether the field says `*` or a step anywhere: every hour, every few minutes.
    let isRecurring: Bool

    /// Which field: its words, its numbers, its names.
    struct Kind {
        let title: String
        let range: ClosedRange<Int>
        /// The names of the numbers, from the lowest.
        var names: [String] = []

        static let minute = Kind(title: "minute", range: 0...59)
        static let hour = Kind(title: "hour", range: 0...23)
        static let dayOfMonth = Kind(title: "day of month", range: 1...31)
        static let month = Kind(
            title: "month",
            range: 1...12,
            names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        )
        /// Sunday is 0, and 7 as well.
        static let dayOfWeek = Kind(
            title: "day of week",
            range: 0...7,
            names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        )
    }

    /// Reads the field, or throws what is wrong with which part of it.
    init(_ text: Substring, _ kind: Kind) throws(ScheduleError) {
        var bits: UInt64 = 0
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            for number in try kind.numbers(item) { bits |= 1 << UInt64(number) }
        }
        if kind.range.upperBound == 7, bits & 1 << 7 != 0 { bits = bits & 0x7f | 1 }
        self.bits = bits
        startsWithStar = text.hasPrefix("*")
        isRecurring = text.contains("*") || text.contains("/")
    }
}

extension CronField {
    func contains(_ number: Int64) -> Bool { bits & 1 << UInt64(number) != 0 }

    /// The least number that is meant, and is not less than `number`.
    func first(from number: Int64) -> Int64? {
        let rest = number < 64 ? bits >> UInt64(number) : 0
        return rest == 0 ? nil : number + Int64(rest.trailingZeroBitCount)
    }
}

extension CronField.Kind {
    /// What one item of the list means.
    fileprivate func numbers(_ item: Substring) throws(ScheduleError) -> [Int] {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var bounds = try bounds(parts[0], of: item, isOpen: parts.count == 2)
        // Saturday to Sunday is no way back.
        if range.upperBound == 7, bounds.last == 0, bounds.first > 0 { bounds.last = 7 }
        guard bounds.first <= bounds.last else {
            throw refused(item, "the range runs backwards; put the lower number first, or use a list")
        }
        guard parts.count == 2 else { return Array(bounds.first...bounds.last) }
        let count = everything.last - everything.first + 1
        guard let step = number(parts[1]), (1...count).contains(step) else {
            throw refused(item, "the step \(parts[1]) is not one of 1 to \(count)")
        }
        return Array(stride(from: bounds.first, through: bounds.last, by: step))
    }

    private func bounds(
        _ text: Substring,
        of item: Substring,
        isOpen: Bool
    ) throws(ScheduleError) -> (first: Int, last: Int) {
        if text == "*" { return everything }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try value(ends[0], of: item)
        if ends.count == 2 { return (first, try value(ends[1], of: item)) }
        return (first, isOpen ? max(first, everything.last) : first)
    }

    private func value(_ text: Substring, of item: Substring) throws(ScheduleError) -> Int {
        if let index = names.firstIndex(of: text.uppercased()) { return everything.first + index }
        guard let number = number(text), range.contains(number) else {
            let names = names.first.map { " or \($0) to \(self.names.last ?? $0)" } ?? ""
            throw refused(item, "use \(range.lowerBound) to \(range.upperBound)\(names)")
        }
        return number
    }

    /// Digits alone, without a sign.
    private func number(_ text: Substring) -> Int? { text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil }

    /// What `*` stands for. A week has one Sunday.
    private var everything: (first: Int, last: Int) { (range.lowerBound, range.upperBound == 7 ? 6 : range.upperBound) }

    private func refused(_ item: Substring, _ why: String) -> ScheduleError {
        ScheduleError("\(title) \"\(item)\": \(why)")
    }
}
