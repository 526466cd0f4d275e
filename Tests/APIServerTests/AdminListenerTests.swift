import APIServer
import Hummingbird
import NIOHTTP1
import Testing

/// The real listener on a loopback port, called by a real client.
@Suite struct AdminListenerTests {
    @Test func `a daemon that lives and is ready says so`() async throws {
        try await withListener { listener in
            for path in ["/healthz", "/readyz"] {
                let answer = try await listener.send(.GET, path)
                #expect(answer.status == 200)
                #expect(answer.body == "ok\n")
            }
        }
    }

    @Test func `a daemon whose loops have ended says so, and is not asked whether it is ready`() async throws {
        try await withListener(isAlive: false) { listener in
            let (health, readiness) = try await (listener.send(.GET, "/healthz"), listener.send(.GET, "/readyz"))
            #expect(health.status == 503)
            #expect(readiness.status == 200)
        }
    }

    @Test func `a daemon that is not ready says why`() async throws {
        try await withListener(hindrances: ["Sync shop was never applied", "the disk is full"]) { listener in
            let answer = try await listener.send(.GET, "/readyz")
            #expect(answer.status == 503)
            #expect(answer.body == "Sync shop was never applied\nthe disk is full\n")
            try await listener.send(.GET, "/healthz").expect(status: 200)
        }
    }

    @Test func `metrics come in Prometheus' text format`() async throws {
        try await withListener { listener in
            let answer = try await listener.send(.GET, "/metrics")
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer.body == "x 1\n")
        }
    }

    @Test(arguments: [("/healthz", "3"), ("/readyz", "3"), ("/metrics", "4")])
    func `HEAD says what GET would, without the body`(path: String, length: String) async throws {
        try await withListener { listener in
            let answer = try await listener.send(.HEAD, path)
            #expect(answer.status == 200)
            #expect(answer.headers["content-length"] == length)
            #expect(answer.body.isEmpty)
            // The connection is still in step.
            #expect(try await listener.send(.GET, path).body.utf8.count == Int(length))
        }
    }

    @Test func `a connection that stays open is not out of step after HEAD`() async throws {
        try await withListener { listener in
            let get = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let answers = try await listener.sendRaw("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n" + get)
            #expect(answers.ranges(of: "HTTP/1.1 200 ").count == 2)
            #expect(answers.ranges(of: "x 1\n").count == 1)
        }
    }

    @Test(arguments: ["/", "/metrics/", "/Metrics", "/hooks/shop", "/healthz%00"])
    func `elsewhere nothing is found`(path: String) async throws {
        try await withListener { listener in
            let answer = try await listener.send(.GET, path)
            #expect(answer.status == 404)
        }
    }

    @Test(arguments: [HTTPMethod.POST, .PUT, .DELETE, .OPTIONS])
    func `other methods are refused`(method: HTTPMethod) async throws {
        try await withListener { listener in
            let answer = try await listener.send(method, "/metrics")
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "GET, HEAD")
        }
    }

    private func withListener(
        isAlive: Bool = true,
        hindrances: [String] = [],
        _ body: (RunningListener) async throws -> Void
    ) async throws {
        let listener = AdminListener(isAlive: { isAlive }, hindrances: { hindrances }, metrics: { "x 1\n" })
        try await RunningListener.with(
            { logger, onListening in
                listener.application(
                    listeningOn: .hostname("127.0.0.1", port: 0),
                    logger: logger,
                    onListening: onListening
                )
            },
            body
        )
    }
}
