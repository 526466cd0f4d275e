internal import Resources
internal import YAML

/// When a Sync runs, as its author writes it.
extension SyncReading {
    mutating func cadence() -> Cadence {
        let interval = duration(["interval"], atLeast: .milliseconds(100))
        var cadence = Cadence(interval: interval ?? (spec["schedule"] == nil ? SyncDefinition.defaultInterval : nil))
        if let percent = spec["jitter"]?.int {
            cadence.jitter = Double(percent) / 100
            if !(0...100).contains(percent) {
                refuse(["spec", "jitter"], "\(percent) is no percentage; write 0 to 100")
            }
        }
        let zone = zone(["timeZone"], at: ["spec", "timeZone"])
        if let text = text(["schedule"]) { cadence.schedule = schedule(text, zone, at: ["spec", "schedule"]) }
        if spec["schedule"] == nil {
            for field in ["timeZone", "missedRuns", "concurrency"] where spec[field] != nil {
                refuse(
                    ["spec", field],
                    "\(field) says how a schedule is followed, and there is none; add spec.schedule or remove it"
                )
            }
        }
        cadence.catchesUp = text(["missedRuns"]) != "skip"
        cadence.replaces = text(["concurrency"]) == "replace"
        cadence.windows = SyncWindows(
            (spec["windows"]?.list ?? []).enumerated().compactMap { index, value in window(value, at: index) }
        )
        var backoff = Backoff(initial: cadence.interval ?? SyncDefinition.defaultInterval)
        backoff.initial = duration(["retry", "initial"], atLeast: .milliseconds(100)) ?? backoff.initial
        backoff.longest = duration(["retry", "max"], atLeast: .milliseconds(100)) ?? backoff.longest
        if let factor = spec["retry"]?["factor"]?.int {
            backoff.factor = factor
            if !(1...100).contains(factor) { refuse(["spec", "retry", "factor"], "write a number from 1 to 100") }
        }
        cadence.backoff = backoff
        return cadence
    }

    private mutating func window(_ value: Value, at index: Int) -> SyncWindow? {
        let place = item(["windows"], index)
        guard let kind = value["kind"]?.string, let text = value["schedule"]?.string else {
            refuse(place, "a window needs kind (allow or deny), schedule and duration; add what is missing")
            return nil
        }
        guard let kind = SyncWindow.Kind(rawValue: kind) else {
            refuse(place.appending(key: "kind"), "\"\(kind)\" is neither; write allow or deny")
            return nil
        }
        guard let length = value["duration"]?.string.flatMap(Duration.init(go:)) else {
            refuse(place.appending(key: "duration"), "write how long the window lasts: 4h")
            return nil
        }
        var zone: TimeZoneRules?
        do {
            zone = try TimeZoneRules(named: value["timeZone"]?.string ?? "UTC")
        } catch {
            refuse(place.appending(key: "timeZone"), error.message)
        }
        guard let zone, let schedule = schedule(text, zone, at: place.appending(key: "schedule")) else { return nil }
        do {
            return try SyncWindow(kind: kind, schedule: schedule, duration: length)
        } catch {
            refuse(place.appending(key: "duration"), error.message)
            return nil
        }
    }

    private mutating func schedule(_ text: String, _ zone: TimeZoneRules?, at place: FieldPath) -> CronSchedule? {
        guard let zone else { return nil }
        do {
            return try CronSchedule(text, in: zone)
        } catch {
            refuse(place, error.message)
            return nil
        }
    }

    private mutating func zone(_ field: [String], at place: FieldPath) -> TimeZoneRules? {
        do {
            return try TimeZoneRules(named: text(field) ?? "UTC")
        } catch {
            refuse(place, error.message)
            return nil
        }
    }
}
