import APIServer
import HTTPTypes
import Hummingbird
import NIOHTTP1
import Synchronization
import Testing

/// The real listener on a loopback port, called by a real client.
@Suite struct HookListenerTests {
    @Test func `a push is taken and handed on`() async throws {
        try await withListener { listener in
            let answer = try await listener.post(push("refs/heads/main"), to: "/hooks/shop")
            #expect(answer.status == 202)
            #expect(received.all == [Received("shop", .push(reference: "refs/heads/main", commit: nil))])
        }
    }

    @Test func `pings and other events are answered and do no work`() async throws {
        try await withListener { listener in
            for event in ["ping", "issues"] {
                let delivery = signed("{}", secret: "ours", for: .github, adding: ["X-GitHub-Event": event])
                try await listener.post(delivery, to: "/hooks/shop").expect(status: 200)
            }
            #expect(received.all == [Received("shop", .ping), Received("shop", .ignored(event: "issues"))])
        }
    }

    @Test func `a delivery that is sent again is answered and does no work`() async throws {
        try await withListener { listener in
            let once = push("refs/heads/main", id: "1")
            try await listener.post(once, to: "/hooks/shop").expect(status: 202)
            try await listener.post(once, to: "/hooks/shop").expect(status: 200)
            // Of another hook, or with another id, it is another one.
            try await listener.post(once, to: "/hooks/team%2Fshop").expect(status: 202)
            try await listener.post(push("refs/heads/main", id: "2"), to: "/hooks/shop").expect(status: 202)
            #expect(received.all.map(\.verdict.word) == ["push", "repeated", "push", "push"])
        }
    }

    @Test func `a forged delivery does not use up the id of the real one`() async throws {
        try await withListener { listener in
            let headers = fields(["X-GitHub-Delivery": "1"])
            let forged = signed(#"{"ref": "refs/heads/main"}"#, secret: "theirs")
            let withID = HookDelivery(headers: forged.headers + headers, body: forged.body)
            try await listener.post(withID, to: "/hooks/shop").expect(status: 401)
            try await listener.post(push("refs/heads/main", id: "1"), to: "/hooks/shop").expect(status: 202)
        }
    }

    @Test func `only the last deliveries are remembered`() async throws {
        try await withListener(rememberedDeliveries: 2) { listener in
            for id in ["1", "2", "3", "1"] {
                try await listener.post(push("refs/heads/main", id: id), to: "/hooks/shop").expect(status: 202)
            }
        }
    }

    @Test func `a name is decoded`() async throws {
        try await withListener { listener in
            for path in ["/hooks/team%2Fshop", "/hooks/team/shop", "/hooks/team/%73hop?x=y"] {
                try await listener.post(push("refs/heads/main"), to: path).expect(status: 202)
            }
            #expect(received.all.map(\.name) == ["team/shop", "team/shop", "team/shop"])
        }
    }

    @Test(arguments: [
        "/hooks/nobody", "/hooks/", "/hooks/%", "/hooks/%zz", "/hooks/shop%00", "/hooks/%ff%fe", "/hooks/shop/",
        "/hooks/SHOP", "/hooks/..%2Fshop", "/hooks/" + String(repeating: "a", count: 254), "too long",
    ])
    func `a hook that there is not is answered as a wrong signature is`(path: String) async throws {
        let path = path == "too long" ? "/hooks/" + String(repeating: "%61", count: 2_000) : path
        try await withListener { listener in
            // A client would write such paths anew.
            let wrong = try await listener.sendRaw(signed("{}", secret: "theirs").request(to: "/hooks/shop"))
            let unknown = try await listener.sendRaw(push("refs/heads/main").request(to: path))
            #expect(wrong.hasPrefix("HTTP/1.1 401 "))
            #expect(undated(unknown) == undated(wrong))
            #expect(received.all == [Received("shop", .refused(.signatureWrong))])
        }
    }

    @Test(arguments: ["/", "/hooks", "/hook/shop", "/healthz"])
    func `elsewhere nothing is found`(path: String) async throws {
        try await withListener { listener in
            try await listener.post(push("refs/heads/main"), to: path).expect(status: 404)
            #expect(received.all.isEmpty)
        }
    }

    @Test func `only POST is taken, whoever the hook is of`() async throws {
        try await withListener { listener in
            for path in ["/hooks/shop", "/hooks/nobody"] {
                let answer = try await listener.send(.GET, path, headers: push("refs/heads/main").headers)
                #expect(answer.status == 405)
                #expect(answer.headers["allow"] == "POST")
            }
            #expect(received.all.isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func `a body above the limit is refused, one at the limit is taken`(hasLength: Bool) async throws {
        var limits = ListenerLimits()
        limits.maxBodyBytes = 1_000
        try await withListener(limits) { listener in
            let body = #"{"ref": "refs/heads/main"}"#
            let fits = signed(body + String(repeating: " ", count: 1_000 - body.utf8.count), secret: "ours")
            let large = HookDelivery(headers: fits.headers, body: fits.body + [UInt8(ascii: " ")])
            try await listener.post(fits, to: "/hooks/shop", hasLength: hasLength).expect(status: 202)
            try await listener.post(large, to: "/hooks/shop", hasLength: hasLength).expect(status: 413)
            #expect(received.all.count == 1)
        }
    }

    @Test func `a body that is announced too large is refused before any of it comes, and the connection ends`()
        async throws
    {
        var limits = ListenerLimits()
        limits.requestTimeout = .seconds(2)
        limits.idleTimeout = .seconds(86_400)
        try await withListener(limits) { listener in
            let head = "POST /hooks/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n"
            let answer = try await listener.sendRaw(head)
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
        }
    }

    /// Without its end, the test does not end either.
    @Test func `a request that does not end loses its connection`() async throws {
        var limits = ListenerLimits()
        limits.requestTimeout = .seconds(2)
        limits.idleTimeout = .seconds(86_400)
        try await withListener(limits) { listener in
            let begun = "POST /hooks/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"
            let chunked = "POST /hooks/shop HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"
            for bytes in [begun, chunked] {
                let answer = try await listener.sendRaw(bytes)
                #expect(!answer.contains(" 202 "))
            }
            #expect(!received.all.map(\.verdict.word).contains("push"))
        }
    }

    @Test func `a request that is complete keeps its connection, however long the answer takes`() async throws {
        var limits = ListenerLimits()
        limits.requestTimeout = .seconds(2)
        limits.idleTimeout = .seconds(86_400)
        let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        try await withListener(
            limits,
            answering: {
                arrival.yield()
                for await _ in releases { break }
            }
        ) { listener in
            let request = push("refs/heads/main").request(to: "/hooks/shop")
            async let answer = listener.sendRaw(request)
            _ = await arrivals.first { _ in true }
            // Begun later, it lives until a deadline after the one that the first would have.
            _ = try await listener.sendRaw("POST /hooks/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
            release.yield()
            let text = try await answer
            #expect(text.hasPrefix("HTTP/1.1 202 "))
        }
    }

    /// Without its end, the test does not end either.
    @Test(arguments: ["", "POST /hooks/shop HTTP/1.1\r\nHost: x\r\nX-Slow: "])
    func `a connection that says nothing whole is closed`(bytes: String) async throws {
        var limits = ListenerLimits()
        limits.requestTimeout = .seconds(86_400)
        limits.idleTimeout = .seconds(2)
        try await withListener(limits) { listener in
            let answer = try await listener.sendRaw(bytes)
            #expect(answer.isEmpty)
        }
    }

    @Test(arguments: [
        "\0\0\0\0\r\n\r\n", "POST /hooks/%ff HTTP/1.1\r\n\r\n", "GET\r\n\r\n", "POST /hooks/shop HTTP/9.9\r\n\r\n",
        "POST /hooks/shop HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /hooks/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST /hooks/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /hooks/shop HTTP/1.1\r\nHost: x\r\nX: TOO LONG\r\n\r\n",
    ])
    func `after nonsense the listener goes on`(bytes: String) async throws {
        // A test's arguments are printed.
        let bytes = bytes.replacing("TOO LONG", with: String(repeating: "a", count: 100_000))
        var limits = ListenerLimits()
        limits.requestTimeout = .seconds(2)
        limits.idleTimeout = .seconds(2)
        try await withListener(limits) { listener in
            // What is answered, if anything, is the HTTP library's affair.
            let answer = try? await listener.sendRaw(bytes)
            #expect(answer?.contains(" 202 ") != true)
            try await listener.post(push("refs/heads/main"), to: "/hooks/shop").expect(status: 202)
        }
    }

    private let received = ReceivedVerdicts()

    private func withListener(
        _ limits: ListenerLimits = ListenerLimits(),
        rememberedDeliveries: Int = 256,
        answering: @escaping @Sendable () async -> Void = {},
        _ body: (RunningListener) async throws -> Void
    ) async throws {
        let hook = Hook(provider: .github, secret: Array("ours".utf8))
        let listener = HookListener(
            limits: limits,
            rememberedDeliveries: rememberedDeliveries,
            hook: { ["shop", "team/shop"].contains($0) ? hook : nil },
            received: { [received] name, verdict in
                received.append(Received(name, verdict))
                if case .push = verdict { await answering() }
            }
        )
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

    private func undated(_ answer: String) -> [Substring] {
        answer.split(separator: "\r\n").filter { !$0.lowercased().hasPrefix("date: ") }
    }

    private func push(_ reference: String, id: String? = nil) -> HookDelivery {
        let headers = ["X-GitHub-Event": "push"].merging(id.map { ["X-GitHub-Delivery": $0] } ?? [:]) { first, _ in
            first
        }
        return signed(#"{"ref": "\#(reference)"}"#, secret: "ours", for: .github, adding: headers)
    }
}

struct Received: Equatable, Sendable {
    let name: String
    let verdict: HookVerdict

    init(_ name: String, _ verdict: HookVerdict) { (self.name, self.verdict) = (name, verdict) }
}

final class ReceivedVerdicts: Sendable {
    private let list = Mutex<[Received]>([])
    var all: [Received] { list.withLock { $0 } }
    func append(_ received: Received) { list.withLock { $0.append(received) } }
}

extension HookDelivery {
    /// The delivery as bytes on the wire, after which the connection is closed.
    fileprivate func request(to path: String) -> String {
        let headers = headers.map { "\($0.name.rawName): \($0.value)\r\n" }.joined()
        let head = "POST \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: \(body.count)\r\n"
        return head + headers + "\r\n" + String(decoding: body, as: UTF8.self)
    }
}

extension RunningListener {
    func post(_ delivery: HookDelivery, to path: String, hasLength: Bool = true) async throws -> Answer {
        try await send(.POST, path, headers: delivery.headers, body: delivery.body, hasLength: hasLength)
    }
}
