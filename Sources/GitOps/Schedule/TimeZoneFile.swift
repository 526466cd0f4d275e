/// What a compiled time zone file says (TZif, RFC 9636).
///
/// Of its two halves only the second is read, whose times have 64 bits: all that the system installs have one since 2005.
struct TimeZoneFile {
    /// The changes on record, in order; those that only rename the time are left out.
    private(set) var changes: [TimeZoneRules.ClockChange] = []
    /// The offset before them.
    private(set) var first: Int64 = 0
    /// What holds after the last of them.
    private(set) var footer: TimeZoneFooter?

    /// No clock is further from UTC than this many seconds: what the format allows.
    static let largestOffset: Int64 = 26 * 3_600

    init(_ data: [UInt8], name: String) throws(ScheduleError) {
        func refused(_ why: String) -> ScheduleError { ScheduleError("time zone \"\(name)\": \(why)") }
        guard data.starts(with: Self.magic) else {
            throw refused("its file is not one of a time zone; use a name such as Europe/Berlin, or UTC")
        }
        guard let old = Header(data[...]), old.version >= UInt8(ascii: "2") else {
            throw refused("its file is in the form of before 2005; install the package tzdata")
        }
        let half = data.dropFirst(Header.size + old.bodySize(timeSize: 4))
        guard let header = Header(half), read(half.dropFirst(Header.size), header) else {
            throw refused("its file is damaged; install the package tzdata anew")
        }
        guard header.leaps == 0 else {
            throw refused("its file counts leap seconds, which UTC here does not; use the name without right/")
        }
    }

    /// From before the universe until long after the last schedule: further out, sums would overflow.
    private static let readableTimes: ClosedRange<Int64> = -(1 << 60)...(1 << 60)

    private static let magic = Array("TZif".utf8)
}

extension TimeZoneFile {
    /// The beginning of each half: how much of everything follows.
    private struct Header {
        static let size = 44

        let version: UInt8
        let utcMarks, standardMarks, leaps, times, types, letters: Int

        init?(_ data: ArraySlice<UInt8>) {
            guard data.count >= Self.size, data.starts(with: TimeZoneFile.magic) else { return nil }
            func count(_ index: Int) -> Int { Int(data.bigEndian(at: 20 + 4 * index, bytes: 4)) }
            version = data[data.startIndex + 4]
            utcMarks = count(0)
            standardMarks = count(1)
            leaps = count(2)
            times = count(3)
            types = count(4)
            letters = count(5)
        }

        func bodySize(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + letters + leaps * (timeSize + 4) + standardMarks + utcMarks
        }
    }

    /// Reads the second half; false where it cannot be right.
    private mutating func read(_ body: ArraySlice<UInt8>, _ header: Header) -> Bool {
        let size = header.bodySize(timeSize: 8)
        guard header.types > 0, body.count > size else { return false }
        let kinds = header.times * 8
        let types = kinds + header.times
        var offsets: [Int64] = []
        for index in 0..<header.types {
            let bits = body.bigEndian(at: types + index * 6, bytes: 4)
            let offset = Int64(Int32(truncatingIfNeeded: bits))
            guard abs(offset) <= Self.largestOffset else { return false }
            offsets.append(offset)
        }
        // Before the first change, the first type holds.
        first = offsets[0]
        var before = first
        var last = Int64.min
        for index in 0..<header.times {
            let at = Int64(bitPattern: body.bigEndian(at: index * 8, bytes: 8))
            let type = Int(body[body.startIndex + kinds + index])
            guard at > last, Self.readableTimes.contains(at), type < offsets.count else { return false }
            if offsets[type] != before { changes.append(.init(at: at, before: before, after: offsets[type])) }
            before = offsets[type]
            last = at
        }
        return readFooter(body.dropFirst(size))
    }

    private mutating func readFooter(_ bytes: ArraySlice<UInt8>) -> Bool {
        let newline = UInt8(ascii: "\n")
        guard bytes.first == newline, let end = bytes.dropFirst().firstIndex(of: newline) else { return false }
        let text = bytes[(bytes.startIndex + 1)..<end]
        // An empty one says that nobody knows what comes: things stay as they are.
        if text.isEmpty { return true }
        footer = TimeZoneFooter(text)
        return footer != nil
    }
}

extension ArraySlice<UInt8> {
    fileprivate func bigEndian(at offset: Int, bytes: Int) -> UInt64 {
        self[(startIndex + offset)..<(startIndex + offset + bytes)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
