import Resources
import Runtimes
import Store
import Testing
import YAML

@Suite struct InProcessRuntimeTests {
    let registry = EndpointRegistry()
    var runtime: InProcessRuntime { InProcessRuntime(registry: registry) }

    @Test func `a workload is ready as soon as its endpoint is registered`() async {
        let answers = await runtime.carryOut([workload("shop-00001")], gone: [])

        #expect(answers.map(\.0) == [Key(.workload, "default", "shop-00001")])
        #expect(answers.map(\.1) == [WorkloadStatus(phase: .ready, runtime: "in-process")])
        #expect(registry.endpoint(of: revision("shop-00001"))?.image == "shop:1")
    }

    @Test func `carrying out twice changes nothing`() async {
        _ = await runtime.carryOut([workload("shop-00001")], gone: [])
        _ = await runtime.carryOut([workload("shop-00001")], gone: [])
        #expect(registry.count == 1)
    }

    @Test func `a changed workload takes the place of its earlier form`() async {
        _ = await runtime.carryOut([workload("shop-00001")], gone: [])
        _ = await runtime.carryOut([workload("shop-00001", image: "shop:2")], gone: [])
        #expect(registry.endpoint(of: revision("shop-00001"))?.image == "shop:2")
    }

    @Test func `a workload that is gone no longer answers`() async {
        _ = await runtime.carryOut([workload("shop-00001"), workload("cart-00001")], gone: [])
        _ = await runtime.carryOut([], gone: [Key(.workload, "default", "shop-00001")])
        #expect(registry.endpoint(of: revision("shop-00001")) == nil)
        #expect(registry.endpoint(of: revision("cart-00001")) != nil)
    }
}

@Suite struct AssumedRuntimeTests {
    @Test func `every workload is ready, and says that nobody runs it`() async {
        let answers = await AssumedRuntime().carryOut([workload("shop-00001")], gone: [])
        #expect(answers.map(\.1) == [WorkloadStatus(phase: .ready, runtime: "none")])
    }
}

@Suite struct EndpointTests {
    @Test func `an answer names what a container would get, and no value of its environment`() {
        let endpoint = Endpoint(workload: workload("shop-00001", environment: ["DATABASE_URL", "COLOUR"]))

        #expect(
            Value.map(endpoint.answer).json
                == #"{"service":"shop","revision":"shop-00001","namespace":"default","image":"shop:1","#
                + #""environment":["DATABASE_URL","COLOUR"],"note":"in-process responder; no container is run"}"#
        )
    }
}

private func revision(_ name: String) -> Key { Key(.revision, "default", name) }

private func workload(_ name: String, image: String = "shop:1", environment: [String] = []) -> Object {
    Object(
        kind: .workload,
        metadata: Metadata(name: name, namespace: "default"),
        spec: [
            "revision": .string(name), "service": "shop", "image": .string(image),
            "env": .list(environment.map(Value.string)),
        ]
    )
}
