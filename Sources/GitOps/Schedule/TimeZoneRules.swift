internal import Glibc
public import Resources

/// How far the clocks of a place are from UTC at any time: what the database of time zones says of one of its names.
///
/// Read once from the files that the system keeps (`TimeZoneFile`); a value from then on. Past the last change that is on
/// record, the rule at the end of the file (`TimeZoneFooter`) goes on for ever. All in whole seconds.
public struct TimeZoneRules: Sendable {
    /// The name, as `Europe/Berlin`.
    public let name: String

    private let recorded: [ClockChange]
    /// The offset before the first change.
    private let first: Int64
    private let footer: TimeZoneFooter?

    /// Where a time zone's clocks are put forward or back.
    struct ClockChange: Equatable {
        /// From when on, in seconds since 1970 in UTC.
        let at: Int64
        /// Seconds east of UTC until then, and from then on.
        let before, after: Int64
    }

    /// UTC, which needs no file.
    public static let utc = TimeZoneRules(utc: "UTC")

    /// Reads the time zone of that name, as `Europe/Berlin`, from the system's database. `UTC` needs none.
    public init(named name: String) throws(ScheduleError) {
        if ["UTC", "Etc/UTC"].contains(name) {
            self.init(utc: name)
            return
        }
        func refused(_ why: String) -> ScheduleError { ScheduleError("time zone \"\(name)\": \(why)") }
        let advice = "use a name such as Europe/Berlin, or UTC"
        // The name becomes a path, and comes out of files that other people write.
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isAllowed),
            name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy({ !["", ".", ".."].contains($0) })
        else { throw refused("is not a time zone's name; \(advice)") }
        guard access(Self.folder, F_OK) == 0 else {
            throw refused("there is no \(Self.folder); install the package tzdata, or use UTC")
        }
        guard let data = Self.read("\(Self.folder)/\(name)") else {
            throw refused("there is no file for it in \(Self.folder); \(advice)")
        }
        try self.init(data: data, name: name)
    }

    /// Takes the rules from the bytes of a time zone's file (RFC 9636).
    package init(data: [UInt8], name: String) throws(ScheduleError) {
        let file = try TimeZoneFile(data, name: name)
        self.name = name
        recorded = file.changes
        first = file.first
        footer = file.footer
    }

    private init(utc name: String) {
        self.name = name
        recorded = []
        first = 0
        footer = nil
    }
}

extension TimeZoneRules {
    /// How far the clocks are ahead of UTC at an instant; negative in the west.
    public func offset(at instant: Instant) -> Duration {
        .seconds(offset(atSecond: instant.milliseconds.flooringDivision(by: 1_000)))
    }

    /// When the clocks show that time: never where they are put forward past it, twice where they are put back to before it,
    /// else once. The earliest first.
    public func instants(ofLocal time: LocalTime) -> [Instant] {
        seconds(ofLocal: time.seconds).map { Instant(milliseconds: $0 * 1_000) }
    }

    func seconds(ofLocal time: Int64) -> [Int64] {
        // No clock is further from UTC than this.
        let reach = TimeZoneFile.largestOffset
        var offsets: Set = [offset(atSecond: time - reach)]
        var next = change(after: time - reach)
        while let change = next, change.at <= time + reach {
            offsets.insert(change.after)
            next = self.change(after: change.at)
        }
        return offsets.map { time - $0 }.filter { $0 + offset(atSecond: $0) == time }.sorted()
    }

    func offset(atSecond second: Int64) -> Int64 {
        change(atOrBefore: second)?.after ?? change(after: second)?.before ?? first
    }

    /// The last change that has happened at that second.
    func change(atOrBefore second: Int64) -> ClockChange? {
        let last = recorded.last
        if second >= last?.at ?? .min,
            let change = footer?.changes(around: second).last(where: { $0.at <= second && $0.at > last?.at ?? .min })
        {
            return change
        }
        let count = recordedChanges(upTo: second)
        return count > 0 ? recorded[count - 1] : nil
    }

    /// The first change that has not happened yet at that second.
    func change(after second: Int64) -> ClockChange? {
        let count = recordedChanges(upTo: second)
        if count < recorded.count { return recorded[count] }
        return footer?.changes(around: second).first { $0.at > second }
    }

    private func recordedChanges(upTo second: Int64) -> Int {
        var low = 0
        var high = recorded.count
        while low < high {
            let middle = (low + high) / 2
            if recorded[middle].at <= second { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

// MARK: - The system's files

extension TimeZoneRules {
    private static let folder = "/usr/share/zoneinfo"

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "/_+-.".utf8.contains(byte)
        }
    }

    /// The file's bytes; nil where there is none, or a folder. The largest is some 4 KB.
    private static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let size = 1 << 18
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= size else { return nil }
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(file, buffer.baseAddress.map { $0 + count }, size - count)
                if got <= 0 { break }
                count += got
            }
        }
    }
}
