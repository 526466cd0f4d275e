import Foundation
import Resources

/// What one seed's daemon follows, and from when on: drawn first.
public struct DaemonCircumstances: Sendable, Hashable {
    /// The Syncs, each after those that it depends on.
    var plans: [Plan]
    /// How many remotes there are.
    var remotes: Int
    /// When the daemon begins: mostly some hours before clocks change somewhere.
    var start: Instant

    /// One Sync, as its author means it.
    struct Plan: Sendable, Hashable {
        let name: String
        let remote: Int
        /// Seconds; nil where there is a schedule alone.
        var interval: Int?
        var schedule: Cron?
        var skipsMissed = false
        var replaces = false
        var windows: [Window] = []
        var dependsOn: [String] = []
        var provider: String
        var hasReport = false
    }

    /// When commits may be applied, or may not.
    struct Window: Sendable, Hashable {
        let isAllowing: Bool
        let cron: Cron
        let minutes: Int
    }
}

extension DaemonCircumstances {
    /// The changes of three places' clocks in these years.
    private static let changes = [
        "2025-03-09T07:00:00Z", "2025-03-30T01:00:00Z", "2025-04-05T15:00:00Z", "2025-10-04T15:30:00Z",
        "2025-10-26T01:00:00Z", "2025-11-02T06:00:00Z", "2026-03-08T07:00:00Z", "2026-03-29T01:00:00Z",
        "2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z", "2026-10-25T01:00:00Z", "2026-11-01T06:00:00Z",
        "2027-03-14T07:00:00Z", "2027-03-28T01:00:00Z", "2027-04-03T15:00:00Z", "2027-10-02T15:30:00Z",
        "2027-10-31T01:00:00Z", "2027-11-07T06:00:00Z",
    ]
    static let zones = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]

    /// The zone whose clocks change in the order of `changes`: New York, Berlin and Lord Howe in spring, and back again.
    private static let changing = [0, 1, 2, 2, 1, 0]

    init(using random: inout SplitMix64) {
        let number = random.draw(Self.changes.count)
        let change = Instant(Self.changes[number]) ?? Instant(milliseconds: 0)
        start = change + .seconds(-random.draw(10 * 3_600))
        remotes = 1 + random.draw(3)
        plans = []
        let zone = Self.zones[Self.changing[number % Self.changing.count]]
        for index in 0..<(2 + random.draw(4)) {
            plans.append(plan("s\(index)", zone, &random))
        }
    }

    private func plan(_ name: String, _ near: String, _ random: inout SplitMix64) -> Plan {
        func cron() -> Cron {
            var cron = Cron.all[random.draw(Cron.all.count)]
            cron.zone = random.happens(percent: 70) ? near : Self.zones[random.draw(3)]
            return cron
        }
        let providers = ["github", "gitlab", "gitea", "generic"]
        var plan = Plan(name: name, remote: random.draw(remotes), provider: providers[random.draw(4)])
        plan.interval = [300, 900, 3_600][random.draw(3)]
        if random.happens(percent: 60) {
            plan.schedule = cron()
            if random.happens(percent: 35) { plan.interval = nil }
            plan.skipsMissed = random.happens(percent: 40)
            plan.replaces = random.happens(percent: 40)
        }
        if random.happens(percent: 35) {
            for _ in 0...random.draw(2) {
                let isAllowing = random.happens(percent: 50)
                let length = isAllowing ? [240, 600][random.draw(2)] : [45, 150][random.draw(2)]
                plan.windows.append(Window(isAllowing: isAllowing, cron: cron(), minutes: length))
            }
        }
        // One that is depended on has an interval: nobody else would look again at what is not ready yet.
        let others = plans.filter { $0.interval != nil }
        if !others.isEmpty, random.happens(percent: 45) {
            plan.dependsOn = [others[random.draw(others.count)].name]
        }
        plan.hasReport = random.happens(percent: 20)
        return plan
    }

    /// The file that the daemon is given.
    func config(remotes paths: [String]) -> String {
        plans.map { plan in
            """
            ---
            apiVersion: gitops.elafros.dev/v1alpha1
            kind: Sync
            metadata: {name: \(plan.name)}
            spec:
              url: \(paths[plan.remote])
              path: \(plan.name)
              timeout: 10m
              allowEmpty: true
              webhook: {provider: \(plan.provider), secretRef: {name: \(plan.name)}}
            \(plan.lines.map { "  \($0)\n" }.joined())---
            apiVersion: gitops.elafros.dev/v1alpha1
            kind: Credentials
            metadata: {name: \(plan.name)}
            spec:
              webhookSecret: {env: SECRET_\(plan.name)}

            """
        }.joined()
    }
}

extension DaemonCircumstances.Plan {
    /// What is known to those alone who may call.
    var secret: String { "the secret of \(name)" }

    fileprivate var lines: [String] {
        var lines: [String] = []
        if let interval { lines.append("interval: \(interval)s") }
        if let schedule {
            lines += ["schedule: \"\(schedule.text)\"", "timeZone: \(schedule.zone)"]
            lines.append("missedRuns: \(skipsMissed ? "skip" : "run")")
            lines.append("concurrency: \(replaces ? "replace" : "forbid")")
        }
        if !windows.isEmpty { lines.append("windows:") }
        for window in windows {
            let kind = window.isAllowing ? "allow" : "deny"
            lines.append(
                "  - {kind: \(kind), schedule: \"\(window.cron.text)\", duration: \(window.minutes)m, "
                    + "timeZone: \(window.cron.zone)}"
            )
        }
        if !dependsOn.isEmpty { lines.append("dependsOn: [{name: \(dependsOn.joined(separator: "}, {name: "))}]") }
        if hasReport { lines.append("report: {branch: status-\(name)}") }
        return lines
    }
}
