import Foundation
import GitOps
import Resources
import Testing

@Suite struct TimeZoneRulesTests {
    @Test(
        arguments: [
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "Asia/Kolkata",
            "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca", "America/Nuuk", "Asia/Kathmandu", "UTC",
        ]
    )
    func `offsets are those of another reader of the same database`(name: String) throws {
        let rules = try TimeZoneRules(named: name)
        let other = try #require(TimeZone(identifier: name))
        // Foundation knows no year before 1900 well, and rules that are to come are revised from release to release.
        for second in stride(from: Int64(-1_600_000_000), to: 1_700_000_000, by: 1_234_567) {
            let expected = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
            let offset = rules.offset(at: Instant(milliseconds: second * 1_000))
            #expect(offset == .seconds(expected), "\(name) at \(Instant(milliseconds: second * 1_000))")
        }
    }

    @Test(
        arguments: [
            ("Europe/Berlin", "2026-03-29T00:59:59Z", 3_600), ("Europe/Berlin", "2026-03-29T01:00:00Z", 7_200),
            ("Europe/Berlin", "2026-10-25T00:59:59.999Z", 7_200), ("Europe/Berlin", "2026-10-25T01:00:00Z", 3_600),
            // Where the year ends in summer.
            ("Australia/Lord_Howe", "2026-04-04T14:59:59Z", 39_600),
            ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", 37_800),
            ("Australia/Lord_Howe", "2027-01-01T00:00:00Z", 39_600),
            // By the rule alone: no file has a record of it.
            ("Europe/Berlin", "2090-03-26T00:59:59Z", 3_600), ("Europe/Berlin", "2090-03-26T01:00:00Z", 7_200),
            ("Australia/Lord_Howe", "2090-04-01T15:00:00Z", 37_800),
            ("Australia/Lord_Howe", "2090-12-31T23:00:00Z", 39_600),
            ("America/Sao_Paulo", "2090-01-01T00:00:00Z", -10_800),
            // Before the railway.
            ("Europe/Berlin", "1800-01-01T00:00:00Z", 3_208),
        ]
    )
    func `clocks change at the second`(name: String, at text: String, seconds: Int) throws {
        let instant = try #require(Instant(text))
        #expect(try TimeZoneRules(named: name).offset(at: instant) == .seconds(seconds))
    }

    @Test func `a local time comes never, once or twice`() throws {
        let berlin = try TimeZoneRules(named: "Europe/Berlin")
        func instants(_ month: Int, _ day: Int, _ hour: Int, _ minute: Int) -> [String] {
            berlin.instants(ofLocal: LocalTime(year: 2026, month: month, day: day, hour: hour, minute: minute))
                .map(\.description)
        }
        #expect(instants(3, 29, 1, 59) == ["2026-03-29T00:59:00Z"])
        #expect(instants(3, 29, 2, 0) == [])
        #expect(instants(3, 29, 2, 59) == [])
        #expect(instants(3, 29, 3, 0) == ["2026-03-29T01:00:00Z"])
        #expect(instants(10, 25, 1, 59) == ["2026-10-24T23:59:00Z"])
        #expect(instants(10, 25, 2, 0) == ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"])
        #expect(instants(10, 25, 2, 59) == ["2026-10-25T00:59:00Z", "2026-10-25T01:59:00Z"])
        #expect(instants(10, 25, 3, 0) == ["2026-10-25T02:00:00Z"])
    }

    @Test func `half an hour is skipped where clocks move by half an hour`() throws {
        let island = try TimeZoneRules(named: "Australia/Lord_Howe")
        let skipped = LocalTime(year: 2026, month: 10, day: 4, hour: 2, minute: 29)
        #expect(skipped.description == "2026-10-04T02:29:00")
        #expect(island.instants(ofLocal: skipped).isEmpty)
        #expect(island.instants(ofLocal: LocalTime(seconds: skipped.seconds + 60)).count == 1)
        #expect(island.instants(ofLocal: LocalTime(year: 2026, month: 4, day: 5, hour: 1, minute: 30)).count == 2)
        #expect(island.instants(ofLocal: LocalTime(year: 2026, month: 4, day: 5, hour: 2, minute: 0)).count == 1)
    }

    @Test func `a day that a place left out never comes there`() throws {
        let apia = try TimeZoneRules(named: "Pacific/Apia")
        #expect(apia.instants(ofLocal: LocalTime(year: 2011, month: 12, day: 30, hour: 12)).isEmpty)
        let next = apia.instants(ofLocal: LocalTime(year: 2011, month: 12, day: 31))
        #expect(next.map(\.description) == ["2011-12-30T10:00:00Z"])
    }

    @Test(
        arguments: [
            ("<-03>3", ["2026-01-01T00:00:00Z": -10_800, "2026-07-01T00:00:00Z": -10_800]),
            ("<+0545>-5:45", ["2026-01-01T00:00:00Z": 20_700]),
            // Ireland: winter time is the one that is set.
            ("IST-1GMT0,M10.5.0,M3.5.0/1", ["2026-01-01T00:00:00Z": 0, "2026-03-29T01:00:00Z": 3_600]),
            // Greenland: a time on the day before.
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", ["2026-03-29T00:59:59Z": -7_200, "2026-03-29T01:00:00Z": -3_600]),
            // Gaza: two days after the last Thursday.
            ("EET-2EEST,M3.4.4/50,M10.4.4/50", ["2026-03-27T23:59:59Z": 7_200, "2026-03-28T00:00:00Z": 10_800]),
            // Days by number, with and without 29 February.
            ("AAA0BBB,J60/0,300/0", ["2024-02-29T23:59:59Z": 0, "2024-03-01T00:00:00Z": 3_600]),
            ("AAA0BBB,59/0,300/0", ["2024-02-28T23:59:59Z": 0, "2024-02-29T00:00:00Z": 3_600]),
            // Summer all year.
            ("XXX3EDT4,0/0,J365/23", ["2026-01-01T03:00:00Z": -14_400, "2026-07-01T00:00:00Z": -14_400]),
        ]
    )
    func `the rule at the end of a file is read`(footer: String, offsets: [String: Int]) throws {
        for (text, seconds) in offsets {
            let instant = try #require(Instant(text))
            // With one change on record, after which the rule goes on.
            let standard = Int32(offsets.values.min() ?? 0)
            let data = TimeZoneData(types: [0, standard], changes: [(0, 1)], footer: footer)
            #expect(try TimeZoneRules(data: data.bytes, name: "Test").offset(at: instant) == .seconds(seconds))
            // And by the rule alone.
            let bare = TimeZoneData(types: [standard], footer: footer)
            #expect(try TimeZoneRules(data: bare.bytes, name: "Test").offset(at: instant) == .seconds(seconds))
        }
    }

    @Test(arguments: ["A-1", "AB", "AAA", "AAA25", "AAA0BBB", "AAA0BBB,M3.5.0", "AAA0BBB,M13.1.0,M10.5.0", "AAA0 "])
    func `a rule that cannot be read is refused`(footer: String) {
        #expect(throws: ScheduleError("time zone \"T\": its file is damaged; install the package tzdata anew")) {
            try TimeZoneRules(data: TimeZoneData(types: [0], footer: footer).bytes, name: "T")
        }
    }

    @Test(
        arguments: [
            "", "/etc/passwd", "../localtime", "Europe/../UTC", "Europe//Berlin", "./UTC", "Europe/Berlin/", "a b",
            "x\0",
        ]
    )
    func `names that could lead elsewhere are refused`(name: String) {
        let message = "time zone \"\(name)\": is not a time zone's name; use a name such as Europe/Berlin, or UTC"
        #expect(throws: ScheduleError(message)) { try TimeZoneRules(named: name) }
    }

    @Test(arguments: ["Europe/Berln", "Europe"])
    func `a name that nobody knows is refused`(name: String) {
        let folder = "/usr/share/zoneinfo"
        let message =
            "time zone \"\(name)\": there is no file for it in \(folder); use a name such as Europe/Berlin, or UTC"
        #expect(throws: ScheduleError(message)) { try TimeZoneRules(named: name) }
    }

    @Test func `a file of something else is refused`() {
        let message = "its file is not one of a time zone; use a name such as Europe/Berlin, or UTC"
        #expect(throws: ScheduleError("time zone \"zone.tab\": \(message)")) { try TimeZoneRules(named: "zone.tab") }
    }

    @Test func `a file that is cut off anywhere is refused, and no byte of it does harm`() throws {
        let whole = TimeZoneData(types: [0, 3_600], changes: [(100, 1), (200, 0)], footer: "AAA-1").bytes
        for count in 0..<whole.count {
            #expect(throws: ScheduleError.self) { try TimeZoneRules(data: Array(whole.prefix(count)), name: "Test") }
        }
        for index in whole.indices {
            for byte: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                var changed = whole
                changed[index] = byte
                // Some are still files, of another zone.
                guard let rules = try? TimeZoneRules(data: changed, name: "Test") else { continue }
                #expect(rules.offset(at: Instant(milliseconds: 150_000)) <= .seconds(26 * 3_600))
                #expect(rules.instants(ofLocal: LocalTime(seconds: 150)).count <= 3)
            }
        }
    }

    @Test func `files of before 2005 and files with leap seconds are refused`() {
        var data = TimeZoneData(types: [0], footer: "UTC0")
        data.version = 0
        let old = "time zone \"T\": its file is in the form of before 2005; install the package tzdata"
        #expect(throws: ScheduleError(old)) { try TimeZoneRules(data: data.bytes, name: "T") }
        data = TimeZoneData(types: [0], footer: "UTC0")
        data.leaps = 1
        let leaps = "its file counts leap seconds, which UTC here does not; use the name without right/"
        #expect(throws: ScheduleError("time zone \"T\": \(leaps)")) { try TimeZoneRules(data: data.bytes, name: "T") }
    }

    @Test func `UTC needs no file`() throws {
        #expect(try TimeZoneRules(named: "UTC").name == "UTC")
        #expect(TimeZoneRules.utc.offset(at: Instant(milliseconds: 0)) == .zero)
    }
}

/// A time zone's file in the making.
private struct TimeZoneData {
    /// The offset of each type.
    var types: [Int32]
    /// Since when which type holds.
    var changes: [(at: Int64, type: UInt8)] = []
    var footer: String
    var version = UInt8(ascii: "2")
    var leaps: Int32 = 0

    var bytes: [UInt8] {
        // The first half, which nobody reads, is one type and its name.
        var bytes = header(leaps: 0, times: 0, types: 1) + [UInt8](repeating: 0, count: 7)
        bytes += header(leaps: leaps, times: Int32(changes.count), types: Int32(types.count))
        for change in changes { bytes += bigEndian(change.at) }
        bytes += changes.map(\.type)
        for offset in types { bytes += bigEndian(offset) + [0, 0] }
        bytes += [0] + [UInt8](repeating: 0, count: Int(leaps) * 12)
        return bytes + Array("\n\(footer)\n".utf8)
    }

    private func header(leaps: Int32, times: Int32, types: Int32) -> [UInt8] {
        let counts: [Int32] = [0, 0, leaps, times, types, 1]
        return Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15) + counts.flatMap { bigEndian($0) }
    }

    private func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
