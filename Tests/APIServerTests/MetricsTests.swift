import APIServer
import Glibc
import Testing

@Suite struct MetricsTextTests {
    @Test func `a page is sorted, whatever came first`() {
        let counter = CounterMetric("b_total", labels: ["name", "result"], help: "How many.")
        counter.add(1, "shop", "ok")
        counter.add(2, "shop", "failed")
        counter.add(0.5, "cart", "ok")
        counter.add(1, "shop", "ok")
        let gauge = GaugeMetric("a_bytes", help: "How large.")
        gauge.set(5)
        gauge.set(-1.5)
        #expect(
            MetricsRegistry([counter, gauge]).page == """
                # HELP a_bytes How large.
                # TYPE a_bytes gauge
                a_bytes -1.5
                # HELP b_total How many.
                # TYPE b_total counter
                b_total{name="cart",result="ok"} 0.5
                b_total{name="shop",result="failed"} 2
                b_total{name="shop",result="ok"} 2

                """
        )
    }

    @Test func `a histogram counts each observation in its bucket and all larger ones`() {
        let histogram = HistogramMetric("t_seconds", labels: ["name"], bounds: [0.1, 1, 10], help: "How long.")
        for value in [0.05, 0.1, 0.5, 10.5] { histogram.observe(value, "shop") }
        histogram.observe(.milliseconds(1_500), "cart")
        #expect(
            MetricsRegistry([histogram]).page == """
                # HELP t_seconds How long.
                # TYPE t_seconds histogram
                t_seconds_bucket{name="cart",le="0.1"} 0
                t_seconds_bucket{name="cart",le="1"} 0
                t_seconds_bucket{name="cart",le="10"} 1
                t_seconds_bucket{name="cart",le="+Inf"} 1
                t_seconds_sum{name="cart"} 1.5
                t_seconds_count{name="cart"} 1
                t_seconds_bucket{name="shop",le="0.1"} 2
                t_seconds_bucket{name="shop",le="1"} 3
                t_seconds_bucket{name="shop",le="10"} 3
                t_seconds_bucket{name="shop",le="+Inf"} 4
                t_seconds_sum{name="shop"} 11.15
                t_seconds_count{name="shop"} 4

                """
        )
    }

    @Test func `no text of a label or a help breaks its line`() {
        let gauge = GaugeMetric("x", labels: ["name"], help: "One \\ and\nanother \"line\".")
        gauge.set(1, "a\"b\\c\nd\r\ne\\n")
        #expect(
            MetricsRegistry([gauge]).page == """
                # HELP x One \\\\ and\\nanother "line".
                # TYPE x gauge
                x{name="a\\"b\\\\c\\nd\r\\ne\\\\n"} 1

                """
        )
    }

    @Test(
        arguments: [
            (0, "0"), (1e15, "1000000000000000"), (0.1, "0.1"), (1e300, "1e+300"), (.infinity, "+Inf"),
            (-.infinity, "-Inf"),
            (.nan, "NaN"), (-3, "-3"), (1_764_090_103.25, "1764090103.25"),
        ] as [(Double, String)]
    )
    func `a number is written as Prometheus reads it`(value: Double, text: String) {
        let family = MetricFamily("x", .gauge, help: "", samples: [MetricSample([], value)])
        #expect(MetricsText.page([family]).hasSuffix("\nx \(text)\n"))
    }

    @Test func `a metric without numbers is left out`() {
        #expect(MetricsRegistry([CounterMetric("x_total", help: "How many.")]).page.isEmpty)
    }

    @Test func `what is removed is gone, and nothing else`() {
        let counter = CounterMetric("c_total", labels: ["name", "other"], help: "")
        let gauge = GaugeMetric("g", labels: ["name"], help: "")
        let histogram = HistogramMetric("h", labels: ["name"], bounds: [], help: "")
        for name in ["shop", "cart"] {
            counter.add(1, name, "shop")
            gauge.set(1, name)
            histogram.observe(1.0, name)
        }
        counter.remove("name", "shop")
        gauge.remove("name", "shop")
        histogram.remove("name", "shop")
        let page = MetricsRegistry([counter, gauge, histogram]).page
        #expect(!page.contains(#"name="shop""#))
        #expect(page.ranges(of: #"name="cart""#).count == 5)
    }

    @Test func `many tasks that count at once lose nothing`() async {
        let counter = CounterMetric("c_total", labels: ["name"], help: "")
        let histogram = HistogramMetric("h", labels: ["name"], bounds: [1], help: "")
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counter.add(1, "\(task % 2)")
                        histogram.observe(1.0, "\(task % 2)")
                    }
                }
            }
        }
        let page = MetricsRegistry([counter, histogram]).page
        #expect(page.contains("c_total{name=\"0\"} 4000\nc_total{name=\"1\"} 4000\n"))
        #expect(page.contains("h_sum{name=\"0\"} 4000\n") && page.contains("h_bucket{name=\"1\",le=\"1\"} 4000\n"))
    }

    @Test(arguments: [
        ("https://user:word@host/path", "https://host/path"), ("https://token@host/path", "https://host/path"),
        ("HTTPS://user:w@rd@host/path", "HTTPS://host/path"), ("ssh://git@host/path", "ssh://git@host/path"),
        ("ssh://git:word@host/path", "ssh://host/path"), ("git@host:path", "git@host:path"),
        ("user:word@host:path", "host:path"), ("https://user:wo/rd@host/path", "https://host/path"),
        ("https://host:8443/path@v1", "https://host:8443/path@v1"), ("https://host/a:b@c", "https://host/a:b@c"),
        ("cannot ask https://a:b@c/d or https://e:f@g", "cannot ask https://c/d or https://g"),
        ("/srv/git/shop.git", "/srv/git/shop.git"), ("", ""), ("@", "@"), (":@", ""), ("://@", "://@"),
    ])
    func `no label shows a password`(value: String, shown: String) {
        #expect(MetricLabel("remote", value).value == shown)
    }
}

@Suite struct ProcessMetricsTests {
    @Test func `the process tells of itself under the names that others use`() throws {
        let values = try values()
        #expect(
            Set(values.keys) == [
                "process_cpu_seconds_total", "process_open_fds", "process_max_fds", "process_resident_memory_bytes",
                "process_virtual_memory_bytes", "process_start_time_seconds",
            ]
        )
        #expect(try #require(values["process_cpu_seconds_total"]) > 0)
        let resident = try #require(values["process_resident_memory_bytes"])
        // A test process is larger than a megabyte, and all of it is addressed.
        #expect(resident > 1e6)
        #expect(try resident <= #require(values["process_virtual_memory_bytes"]))
        // After 2020 and before now.
        #expect(try (1_577_836_800...Double(time(nil)) + 1).contains(#require(values["process_start_time_seconds"])))
        #expect(try #require(values["process_open_fds"]) <= #require(values["process_max_fds"]))
    }

    @Test func `a name with brackets and spaces does not shift the numbers`() throws {
        let start = try #require(values()["process_start_time_seconds"])
        let name = try #require(readName())
        #expect(write(name: "x) 1 (y z) 2"))
        defer { _ = write(name: name) }
        #expect(try values()["process_start_time_seconds"] == start)
    }

    private func values() throws -> [String: Double] {
        try Dictionary(
            uniqueKeysWithValues: ProcessMetrics().families.map { ($0.name, try #require($0.samples.first).value) }
        )
    }

    private func readName() -> String? {
        guard let file = fopen("/proc/self/comm", "r") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 64)
        guard fgets(&buffer, CInt(buffer.count), file) != nil else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init), as: UTF8.self)
    }

    private func write(name: String) -> Bool {
        guard let file = fopen("/proc/self/comm", "w") else { return false }
        defer { fclose(file) }
        return fputs(name, file) >= 0 && fflush(file) == 0
    }
}
