import APIServer
import Resources
import Store
import Synchronization
import Testing
import YAML

@Suite struct ServeMetricsTests {
    @Test func `syncs are counted by result and timed`() {
        let metrics = metrics()
        metrics.synced("shop", .inSync, took: .milliseconds(1_200), end: Instant(milliseconds: 1_500))
        metrics.synced("shop", .notReady, took: .seconds(2), end: Instant(milliseconds: 9_000))
        for outcome in ServeMetrics.SyncOutcome.allCases {
            metrics.synced("cart", outcome, took: .zero, end: Instant(milliseconds: 0))
        }
        let page = metrics.page
        #expect(page.contains("elafros_sync_total{name=\"shop\",result=\"in_sync\"} 1\n"))
        #expect(page.contains("elafros_sync_total{name=\"shop\",result=\"not_ready\"} 1\n"))
        for result in ["in_sync", "invalid", "not_ready", "refused", "failed"] {
            #expect(page.contains("elafros_sync_total{name=\"cart\",result=\"\(result)\"} 1\n"))
        }
        #expect(page.contains("elafros_sync_last_success_timestamp_seconds{name=\"shop\"} 1.5\n"))
        let duration = "elafros_reconcile_duration_seconds"
        #expect(page.contains("\(duration)_bucket{kind=\"Sync\",name=\"shop\",le=\"1.25\"} 1\n"))
        #expect(page.contains("\(duration)_bucket{kind=\"Sync\",name=\"shop\",le=\"60\"} 2\n"))
        #expect(page.contains("\(duration)_sum{kind=\"Sync\",name=\"shop\"} 3.2\n"))
    }

    @Test func `of a Sync that is gone nothing is told`() {
        let metrics = metrics()
        for name in ["shop", "cart"] { metrics.synced(name, .inSync, took: .zero, end: Instant(milliseconds: 0)) }
        metrics.forget("shop")
        let page = metrics.page
        #expect(!page.contains("name=\"shop\""))
        #expect(page.contains("elafros_sync_total{name=\"cart\",result=\"in_sync\"} 1\n"))
    }

    @Test func `requests to remotes are counted and timed, without passwords`() {
        let metrics = metrics()
        metrics.asked("https://me:word@example.com/shop", for: .references, .success, took: .milliseconds(200))
        metrics.asked("https://example.com/shop", for: .fetch, .failure, took: .seconds(30))
        metrics.asked("https://example.com/shop", for: .push, .success, took: .seconds(1))
        let page = metrics.page
        let remote = "remote=\"https://example.com/shop\""
        #expect(page.contains("elafros_git_request_total{\(remote),request_type=\"ls-remote\",result=\"success\"} 1\n"))
        #expect(page.contains("elafros_git_request_total{\(remote),request_type=\"fetch\",result=\"failure\"} 1\n"))
        #expect(page.contains("elafros_git_request_total{\(remote),request_type=\"push\",result=\"success\"} 1\n"))
        let bucket = "elafros_git_request_duration_seconds_bucket{\(remote),request_type="
        #expect(page.contains("\(bucket)\"ls-remote\",le=\"0.25\"} 1\n"))
        #expect(page.contains("\(bucket)\"fetch\",le=\"20\"} 0\n"))
        #expect(!page.contains("word"))
    }

    @Test func `deliveries are counted by what they came to`() {
        let metrics = metrics()
        metrics.received(.push(reference: "refs/heads/main", commit: nil), from: .github)
        metrics.received(.push(reference: nil, commit: nil), from: .github)
        metrics.received(.refused(.signatureMissing), from: .gitea)
        let page = metrics.page
        #expect(page.contains("elafros_webhook_total{provider=\"github\",result=\"push\"} 2\n"))
        #expect(page.contains("elafros_webhook_total{provider=\"gitea\",result=\"refused\"} 1\n"))
    }

    @Test func `the state tells what is followed, what waits and what drifted`() async throws {
        var status = SyncStatus()
        status.commit = "1111111111111111111111111111111111111111"
        status.waves.planned = Instant(milliseconds: 1_000)
        status.waves.waiting = 3
        let sync = Object(
            kind: .sync,
            metadata: Metadata(name: "shop", namespace: ""),
            spec: ["url": "https://x.example/shop"]
        )
        let (early, late) = (service("early"), service("late"))
        try await apply([
            .put(sync), .setStatus(sync.key, .sync(status)), .put(early), .put(late), .mark(late.key, .edited),
            .setDue(early.key, Instant(milliseconds: 1_000)), .setDue(late.key, Instant(milliseconds: 1_001)),
        ])
        let page = metrics(now: Instant(milliseconds: 1_000)).page
        let labels = #"name="shop",remote="https://x.example/shop",commit="\#(status.commit ?? "")",suspended="true""#
        #expect(page.contains("elafros_sync_info{\(labels)} 1\n"))
        #expect(page.contains("elafros_sync_waiting_objects{name=\"shop\"} 3\n"))
        #expect(page.contains("elafros_drifted_objects 1\n"))
        #expect(page.contains("elafros_workqueue_depth{kind=\"Service\"} 1\n"))
        #expect(page.contains("elafros_workqueue_depth{kind=\"Route\"} 0\n"))
    }

    @Test func `conditions are counted by kind`() async throws {
        try await apply([.put(service("a")), .put(service("b")), .put(service("c"))])
        try await apply([ready("a", .true), ready("b", .true), ready("c", .unknown)])
        let page = metrics().page
        let group = "elafros_resource_condition{kind=\"Service\",type=\"Ready\",status="
        #expect(page.contains("\(group)\"True\"} 2\n") && page.contains("\(group)\"Unknown\"} 1\n"))
        #expect(!page.contains("\(group)\"False\"}"))
    }

    @Test func `every line of the page is one that Prometheus reads`() async throws {
        try await apply([.put(service("a"))])
        try await apply([ready("a", .false)])
        let metrics = metrics()
        metrics.synced("a\nb\"c\\", .failed, took: .seconds(1), end: Instant(milliseconds: 0))
        let sample = /[a-z_]+(\{[a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*\})? ([-+.0-9e]+|\+Inf)/
        let comment = /# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))/
        let page = metrics.page
        #expect(page.hasSuffix("\n"))
        for line in page.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            #expect(line.wholeMatch(of: sample) != nil || line.wholeMatch(of: comment) != nil, "\(line)")
        }
    }

    // MARK: - Following a state

    @Test func `nothing is counted before somebody asks, and then what has changed since is known`() async throws {
        try await apply([.put(service("a"))])
        try await apply([ready("a", .true)])
        let asked = Mutex(0)
        let conditions = ConditionMetrics(state: { [store] in
            asked.withLock { $0 += 1 }
            return store.state
        })
        try await follow(conditions, [ready("a", .false)])
        #expect(asked.withLock { $0 } == 0)
        #expect(shown(conditions) == ["False": 1])
        try await follow(conditions, [ready("a", .unknown)])
        #expect(shown(conditions) == ["Unknown": 1])
        #expect(asked.withLock { $0 } == 1)
    }

    @Test func `what changes while the first scrape counts is not lost and not counted twice`() async throws {
        try await apply([.put(service("a")), .put(service("b"))])
        let before = store.state
        let first = try await events { [ready("a", .true)] }
        let between = store.state
        let second = try await events { [ready("b", .false)] }
        let feed = Feed()
        // The snapshot holds the first change, and both are told of while it is being taken.
        let conditions = ConditionMetrics(state: {
            feed.follow(first)
            feed.follow(second)
            return between
        })
        feed.conditions.withLock { $0 = conditions }
        #expect(before.version < between.version)
        #expect(shown(conditions) == ["True": 1, "False": 1])
        #expect(shown(conditions) == ["True": 1, "False": 1])
    }

    @Test func `while the first scrape counts, another is not held up`() async throws {
        try await apply([.put(service("a"))])
        try await apply([ready("a", .true)])
        let feed = Feed()
        let inner = Mutex<[String: Double]?>(nil)
        let conditions = ConditionMetrics(state: { [store] in
            let seen = feed.conditions.withLock { $0 }.map(shown)
            inner.withLock { $0 = seen }
            return store.state
        })
        feed.conditions.withLock { $0 = conditions }
        #expect(shown(conditions) == ["True": 1])
        #expect(inner.withLock { $0 } == [:])
    }

    @Test func `after a gap it is counted anew`() async throws {
        try await apply([.put(service("a"))])
        try await apply([ready("a", .true)])
        let conditions = ConditionMetrics(state: { [store] in store.state })
        #expect(shown(conditions) == ["True": 1])
        try await apply([ready("a", .false)])
        #expect(shown(conditions) == ["True": 1])
        conditions.restart()
        #expect(shown(conditions) == ["False": 1])
    }

    @Test func `a restart in the middle of a count is not undone by it`() async throws {
        try await apply([.put(service("a"))])
        try await apply([ready("a", .true)])
        let old = store.state
        try await apply([ready("a", .false)])
        let feed = Feed()
        let calls = Mutex(0)
        let conditions = ConditionMetrics(state: { [store] in
            guard
                calls.withLock({ count in
                    count += 1
                    return count == 1
                })
            else { return store.state }
            feed.conditions.withLock { $0 }?.restart()
            return old
        })
        feed.conditions.withLock { $0 = conditions }
        #expect(shown(conditions) == ["True": 1])
        #expect(shown(conditions) == ["False": 1])
    }

    @Test(arguments: 0..<20)
    func `counts that follow are those that are counted anew`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var counts = ConditionCounts(store.state)
        for _ in 0..<40 {
            let name = "s\(Int.random(in: 0..<5, using: &random))"
            let status = [Condition.Status.true, .false, .unknown].randomElement(using: &random) ?? .true
            let change: Change =
                switch Int.random(in: 0..<4, using: &random) {
                case 0: .put(service(name))
                case 1: .delete(service(name).key, .background)
                case 2 where store.state.contains(service(name).key): ready(name, status)
                default: .put(Object(kind: .sync, metadata: Metadata(name: name, namespace: ""), spec: ["url": "/x"]))
                }
            counts.follow(try await events { [change] })
            #expect(counts.counts == ConditionCounts(store.state).counts)
        }
    }

    // MARK: - The state

    let store = Store.inMemory(id: "test")

    private func metrics(now: Instant = Instant(milliseconds: 0)) -> ServeMetrics {
        ServeMetrics(state: { [store] in store.state }, now: { now }, isSuspended: { $0.metadata.name == "shop" })
    }

    private func apply(_ changes: [Change]) async throws {
        _ = try await store.commit(durably: false) { try $0.apply(changes, at: Instant(milliseconds: 0)) }
    }

    /// The events of one transaction.
    private func events(_ changes: () -> [Change]) async throws -> [Event] {
        let before = store.state
        let stream = try #require(try await store.events(after: before.version))
        try await apply(changes())
        guard store.state.version > before.version else { return [] }
        return await stream.first { _ in true } ?? []
    }

    private func follow(_ conditions: ConditionMetrics, _ changes: [Change]) async throws {
        conditions.follow(try await events { changes })
    }

    private func ready(_ name: String, _ value: Condition.Status) -> Change {
        var status = ServiceStatus()
        status.conditions = Conditions([Condition(type: "Ready", status: value)])
        return .setStatus(service(name).key, .service(status))
    }

    private func service(_ name: String) -> Object {
        Object(kind: .service, metadata: Metadata(name: name, namespace: "default"), spec: ["image": .string(name)])
    }
}

/// What a scrape shows, by status.
private func shown(_ conditions: ConditionMetrics) -> [String: Double] {
    let samples = conditions.families.flatMap(\.samples)
    return Dictionary(samples.map { ($0.labels.last?.value ?? "", $0.value) }) { $0 + $1 }
}

/// Carries events to metrics that are made later than it.
private final class Feed: Sendable {
    let conditions = Mutex<ConditionMetrics?>(nil)
    func follow(_ events: [Event]) { conditions.withLock { $0 }?.follow(events) }
}
