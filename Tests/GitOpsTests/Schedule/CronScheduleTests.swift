import GitOps
import Resources
import Testing

@Suite struct CronScheduleTests {
    @Test(
        arguments: [
            ("*/15 * * * *", ["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"]),
            ("0 3 * * *", ["2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z"]),
            ("5,10 8-9 * * *", ["2026-01-01T08:05:00Z", "2026-01-01T08:10:00Z", "2026-01-01T09:05:00Z"]),
            ("10-50/20 0 * * *", ["2026-01-01T00:10:00Z", "2026-01-01T00:30:00Z", "2026-01-01T00:50:00Z"]),
            ("50/5 0 * * *", ["2026-01-01T00:50:00Z", "2026-01-01T00:55:00Z", "2026-01-02T00:50:00Z"]),
            ("0 0 1 JAN,jul *", ["2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
            ("0 0 * * SUN", ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"]),
            ("0 0 * * 7", ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"]),
            ("0 0 * * sat-sun", ["2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-10T00:00:00Z"]),
            ("0 0 * * 5-7", ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"]),
            ("0 0 * * */2", ["2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-06T00:00:00Z"]),
            // Either day will do where both are restricted, and both are needed where one begins with a star.
            ("0 0 13 * FRI", ["2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"]),
            ("0 0 */13 * FRI", ["2026-02-27T00:00:00Z", "2026-03-27T00:00:00Z", "2026-05-01T00:00:00Z"]),
            ("0 0 31 * *", ["2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"]),
            ("0 0 29 2 *", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
            ("0 0 31 2 MON", ["2026-02-02T00:00:00Z", "2026-02-09T00:00:00Z"]),
            ("@hourly", ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"]),
            ("@daily", ["2026-01-02T00:00:00Z"]), ("@midnight", ["2026-01-02T00:00:00Z"]),
            ("@weekly", ["2026-01-04T00:00:00Z"]), ("@monthly", ["2026-02-01T00:00:00Z"]),
            ("@Yearly", ["2027-01-01T00:00:00Z"]), ("@annually", ["2027-01-01T00:00:00Z"]),
            (" 0\t0  * * * ", ["2026-01-02T00:00:00Z"]),
        ]
    )
    func `schedules come when cron says`(text: String, expected: [String]) throws {
        // 2026 begins on a Thursday.
        #expect(try runs(of: text, after: "2026-01-01T00:00:00Z", count: expected.count) == expected)
    }

    @Test(
        arguments: [
            ("61 * * * *", "minute \"61\": use 0 to 59"), ("0,61 * * * *", "minute \"61\": use 0 to 59"),
            ("-1 * * * *", "minute \"-1\": use 0 to 59"), (", * * * *", "minute \"\": use 0 to 59"),
            ("+1 * * * *", "minute \"+1\": use 0 to 59"),
            ("99999999999999999999 * * * *", "minute \"99999999999999999999\": use 0 to 59"),
            ("0 24 * * *", "hour \"24\": use 0 to 23"), ("0 0 0 * *", "day of month \"0\": use 1 to 31"),
            ("0 0 1 13 *", "month \"13\": use 1 to 12 or JAN to DEC"),
            ("0 0 1 JANUARY *", "month \"JANUARY\": use 1 to 12 or JAN to DEC"),
            ("0 0 * * 8", "day of week \"8\": use 0 to 7 or SUN to SAT"),
            ("0 0 * * MON-", "day of week \"MON-\": use 0 to 7 or SUN to SAT"),
            (
                "30-10 * * * *",
                "minute \"30-10\": the range runs backwards; put the lower number first, or use a list"
            ),
            ("*/0 * * * *", "minute \"*/0\": the step 0 is not one of 1 to 60"),
            ("*/90 * * * *", "minute \"*/90\": the step 90 is not one of 1 to 60"),
            ("0 */ * * *", "hour \"*/\": the step  is not one of 1 to 24"),
            (
                "0 0 31 2 *",
                "schedule \"0 0 31 2 *\": it never comes: no month of it has such a day; use a day that one of them has"
            ),
            (
                "0 0 31 4,6,9,11 *",
                "schedule \"0 0 31 4,6,9,11 *\": it never comes: no month of it has such a day; use a day that one of them has"
            ),
            (
                "0 0 * *",
                "schedule \"0 0 * *\": it has 4 fields; use five: minute, hour, day of month, month, day of week"
            ),
            ("", "schedule \"\": it has 0 fields; use five: minute, hour, day of month, month, day of week"),
            (
                "@reboot",
                """
                schedule "@reboot": there is no such name; use one of @annually, @daily, @hourly, @midnight, @monthly, \
                @weekly, @yearly, or five fields
                """
            ),
        ]
    )
    func `what cannot be meant is refused with what to do`(text: String, message: String) {
        #expect(throws: ScheduleError(message)) { try CronSchedule(text, in: .utc) }
    }

    // MARK: Clocks that are put forward and back

    @Test(
        arguments: [
            // Skipped, and so right after the gap; once, however many were skipped.
            ("30 2 * * *", ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
            ("0,20,40 2 * * *", ["2026-03-28T01:40:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]),
            ("0 2,3 * * *", ["2026-03-28T02:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]),
            ("5 */2 29 3 *", ["2026-03-28T23:05:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:05:00Z"]),
            // In every hour anyway.
            ("30 * * * *", ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"]),
            ("*/30 * * * *", ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]),
        ]
    )
    func `clocks that are put forward skip no run`(text: String, expected: [String]) throws {
        let before = try #require(Instant(expected[0])) + .milliseconds(-1)
        #expect(try runs(of: text, in: "Europe/Berlin", after: before.description, count: expected.count) == expected)
    }

    @Test(
        arguments: [
            // Shown twice, and carried out the first time.
            ("30 2 * * *", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
            ("0,30 2 * * *", ["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:00:00Z"]),
            ("59 1-3 25 10 *", ["2026-10-24T23:59:00Z", "2026-10-25T00:59:00Z", "2026-10-25T02:59:00Z"]),
            // By the hour: no more time passes than was asked for.
            ("0 * * * *", ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"]),
            ("0 */2 * * *", ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T03:00:00Z"]),
            ("*/30 * 25 10 *", ["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"]),
            ("0 0-23 * * *", ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"]),
        ]
    )
    func `clocks that are put back repeat what comes by the hour alone`(text: String, expected: [String]) throws {
        let before = try #require(Instant(expected[0])) + .milliseconds(-1)
        #expect(try runs(of: text, in: "Europe/Berlin", after: before.description, count: expected.count) == expected)
    }

    @Test func `half an hour is skipped and repeated like an hour`() throws {
        let zone = "Australia/Lord_Howe"
        let skipped = try runs(of: "10 2 4 10 *", in: zone, after: "2026-10-03T00:00:00Z", count: 1)
        #expect(skipped == ["2026-10-03T15:30:00Z"])
        #expect(
            try runs(of: "45 1 * * *", in: zone, after: "2026-04-04T00:00:00Z", count: 2)
                == ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"]
        )
    }

    @Test func `the last run is the one that was missed`() throws {
        let schedule = try CronSchedule("30 2 * * *", in: TimeZoneRules(named: "Europe/Berlin"))
        func last(_ instant: String, after earliest: String) throws -> String? {
            try schedule.last(atOrBefore: #require(Instant(instant)), after: #require(Instant(earliest)))?.description
        }
        #expect(try last("2026-06-10T00:30:00Z", after: "2026-06-01T00:00:00Z") == "2026-06-10T00:30:00Z")
        #expect(try last("2026-06-10T00:29:59.999Z", after: "2026-06-01T00:00:00Z") == "2026-06-09T00:30:00Z")
        #expect(try last("2026-06-10T00:29:59.999Z", after: "2026-06-09T00:29:59.999Z") == "2026-06-09T00:30:00Z")
        #expect(try last("2026-06-10T00:29:59.999Z", after: "2026-06-09T00:30:00Z") == nil)
        #expect(try last("2026-06-10T00:00:00Z", after: "2026-06-10T00:00:00Z") == nil)
        #expect(try last("2026-06-10T00:00:00Z", after: "2026-06-11T00:00:00Z") == nil)
    }

    @Test func `the last of many runs long ago is found, and the last in decades`() throws {
        let newYear = try CronSchedule("* * 1 1 *", in: .utc)
        let now = try #require(Instant("2026-11-25T12:00:00Z"))
        #expect(newYear.last(atOrBefore: now, after: Instant(milliseconds: 0))?.description == "2026-01-01T23:59:00Z")
        let rare = try CronSchedule("0 0 29 2 */7", in: .utc)
        #expect(rare.last(atOrBefore: now, after: Instant(milliseconds: 0))?.description == "2004-02-29T00:00:00Z")
        #expect(rare.next(after: now)?.description == "2032-02-29T00:00:00Z")
        let century = try #require(Instant("2088-02-29T00:00:00Z"))
        #expect(rare.next(after: century)?.description == "2128-02-29T00:00:00Z")
    }

    @Test func `what comes seldom is found in time that does not depend on how seldom`() throws {
        let rare = try CronSchedule("0 0 29 2 */7", in: TimeZoneRules(named: "Europe/Berlin"))
        let start = try #require(Instant("2088-03-01T00:00:00Z"))
        var next: Instant?
        let elapsed = ContinuousClock().measure { next = rare.next(after: start) }
        #expect(next?.description == "2128-02-28T23:00:00Z")
        // Minute by minute it would be 21 million steps.
        #expect(elapsed < .seconds(1))
    }

    private func runs(of text: String, in zone: String = "UTC", after start: String, count: Int) throws -> [String] {
        let schedule = try CronSchedule(text, in: TimeZoneRules(named: zone))
        var runs: [String] = []
        var instant = try #require(Instant(start))
        for _ in 0..<count {
            instant = try #require(schedule.next(after: instant))
            runs.append(instant.description)
        }
        return runs
    }
}
