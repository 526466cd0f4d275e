import AsyncHTTPClient
import Gateway
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Resources
import Runtimes
import ServiceLifecycle
import Store
import Testing
import YAML

/// The real listener on a loopback port, called by a real client.
@Suite struct GatewayTests {
    @Test func `a request is answered by the Revision behind its host`() async throws {
        try await withGateway { call in
            let answer = try await call("shop.default.mydomain.com", nil)
            #expect(answer.status == 200)
            #expect(
                answer.body == """
                    service: shop
                    revision: shop-00001
                    namespace: default
                    image: shop:1
                    environment: PASSWORD
                    note: in-process responder; no container is run

                    """
            )
        }
    }

    @Test func `a named target answers on its own host`() async throws {
        try await withGateway { call in
            let answer = try await call("next.shop.default.mydomain.com", nil)
            #expect(answer.body.contains("revision: shop-00002"))
        }
    }

    @Test func `a program gets JSON, with the names of the environment and no value`() async throws {
        try await withGateway { call in
            let answer = try await call("shop.default.mydomain.com", "application/json")
            let value = try Value(json: answer.body)
            #expect(value["revision"] == "shop-00001")
            #expect(value["environment"] == ["PASSWORD"])
            #expect(!answer.body.contains("secret"))
        }
    }

    @Test func `an unknown host is told which hosts there are`() async throws {
        try await withGateway { call in
            let answer = try await call("nowhere.example.com", "application/json")
            #expect(answer.status == 404)
            let value = try Value(json: answer.body)
            #expect(value["hosts"]?.list?.contains("shop.default.mydomain.com") == true)
        }
    }

    @Test func `a request without a host is told so`() async throws {
        try await withGateway { call in
            let answer = try await call("", nil)
            #expect(answer.status == 404)
            #expect(answer.body.hasPrefix("error: the request names no host; "))
        }
    }

    @Test func `a host without a ready Revision says why`() async throws {
        try await withGateway { call in
            let answer = try await call("new.default.mydomain.com", nil)
            #expect(answer.status == 503)
            #expect(answer.body.contains("Configuration 'new' is waiting for a Revision to become ready."))
        }
    }

    @Test func `a Revision that runs nowhere is not answered for`() async throws {
        try await withGateway { call in
            let answer = try await call("lost.default.mydomain.com", nil)
            #expect(answer.status == 503)
            #expect(answer.body.contains("Revision lost-00001 does not answer"))
        }
    }

    @Test func `a split that changes is followed`() async throws {
        try await withGateway { [store, gateway] call in
            let moved = split("shop", main: [("shop-00002", 100)])
            let events = try await store.commit(durably: false) { try $0.apply([.put(moved)], at: .start) }
            gateway.follow(events)
            let answer = try await call("shop.default.mydomain.com", nil)
            #expect(answer.body.contains("revision: shop-00002"))
        }
    }

    let store = Store.inMemory(id: "test")
    let registry = EndpointRegistry()
    let gateway: Gateway

    init() {
        gateway = Gateway(state: { [store] in store.state }, responders: Registered(registry: registry))
    }

    struct Called: Sendable {
        let status: UInt
        let body: String
    }

    private func withGateway(_ body: (_ call: (String, String?) async throws -> Called) async throws -> Void)
        async throws
    {
        try await fill()
        gateway.load(store.state)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = gateway.application(
            listeningOn: .hostname("127.0.0.1", port: 0),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { port.yield($0) }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let number = try #require(await ports.first { _ in true })
            try await body { host, accept in
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(number)/any/path")
                request.headers.add(name: "Host", value: host)
                if let accept { request.headers.add(name: "Accept", value: accept) }
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
                return Called(
                    status: response.status.code,
                    body: String(buffer: try await response.body.collect(upTo: 1 << 20))
                )
            }
            group.cancelAll()
        }
    }

    private func fill() async throws {
        let waiting = Condition(
            type: "Ready",
            status: .false,
            reason: "RevisionMissing",
            message: "Configuration 'new' is waiting for a Revision to become ready."
        )
        var status = RouteStatus()
        status.conditions = Conditions([waiting])
        let objects = [
            split("shop", main: [("shop-00001", 100)], named: ["next": "shop-00002"]),
            split("new", main: []), split("lost", main: [("lost-00001", 100)]),
            Object(kind: .route, metadata: Metadata(name: "new", namespace: "default"), spec: [:]),
        ]
        let changes = objects.map { Change.put($0) } + [.setStatus(Key(.route, "default", "new"), .route(status))]
        _ = try await store.commit(durably: false) { try $0.apply(changes, at: .start) }
        _ = await InProcessRuntime(registry: registry).carryOut(["shop-00001", "shop-00002"].map(workload), gone: [])
    }

    private func workload(_ name: String) -> Object {
        Object(
            kind: .workload,
            metadata: Metadata(name: name, namespace: "default"),
            spec: ["revision": .string(name), "service": "shop", "image": "shop:1", "env": ["PASSWORD"]]
        )
    }
}

extension Instant {
    static let start = Instant(milliseconds: 0)
}

struct Registered: Responders {
    let registry: EndpointRegistry
    func answer(of revision: Key) -> Map? { registry.endpoint(of: revision)?.answer }
}
