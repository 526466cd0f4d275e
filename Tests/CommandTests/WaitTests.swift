import Resources
import TestSupport
import Testing
import YAML

@testable import elafros

/// `wait`, with kubectl's words and our exit codes.
@Suite struct WaitTests {
    let shell: Shell

    init() throws { shell = try Shell() }

    private func apply(_ name: String, image: String = "image:1") async {
        let ran = await shell.run("apply", "-f", "-", input: service(name, image: image))
        #expect(ran.code == 0, "\(ran.errors)")
    }

    @Test(arguments: [
        "condition=Ready", "condition=ready=true", "create", "jsonpath={.status.domain}=shop.default.mydomain.com",
        "jsonpath={.status.traffic[0].percent}=100", "jsonpath=.metadata['name']=shop", "jsonpath={.status.domain}",
    ])
    func `what holds already is told at once`(what: String) async throws {
        await apply("shop")
        let ran = await shell.run("wait", "svc", "shop", "--for", what)
        #expect(ran == Shell.Ran(code: 0, output: "service.elafros.dev/shop condition met\n", errors: ""))
    }

    @Test func `each object that is not so in time is named`() async throws {
        await apply("cart")
        await apply("shop")
        let ran = await shell.run("wait", "svc", "--all", "--for=condition=Ready=False", "--timeout", "0")
        let errors = ["cart", "shop"].map { "elafros: timed out waiting for the condition on services/\($0)\n" }
        #expect(ran == Shell.Ran(code: 4, output: "", errors: errors.joined()))
        let later = await shell.run("wait", "svc", "shop", "--for=condition=Nothing", "--timeout", "1ms")
        #expect(later == Shell.Ran(code: 4, output: "", errors: errors[1]))
    }

    @Test func `what is not there cannot become ready, and is deleted already`() async throws {
        await apply("shop")
        let one = await shell.run("wait", "svc/shop", "svc/x", "--for=condition=Ready")
        #expect(one.code == 1)
        #expect(one.output == "service.elafros.dev/shop condition met\n")
        #expect(one.errors == "elafros: services \"x\" not found in namespace default\n")
        let none = await shell.run("wait", "svc", "-l", "a=b", "--for=condition=Ready")
        #expect(none == Shell.Ran(code: 1, output: "", errors: "elafros: no matching resources found\n"))
        let gone = await shell.run("wait", "svc", "x", "--for=delete")
        #expect(gone == Shell.Ran(code: 0, output: "", errors: ""))
    }

    @Test func `a creation, a change and a deletion that come later are seen`() async throws {
        let created = try shell.start("wait", "svc", "shop", "--for=create", "--timeout=1h")
        await apply("shop")
        #expect(await created.line() == "service.elafros.dev/shop condition met")
        #expect(await created.code == 0)
        let path = "jsonpath={.status.latestCreatedRevisionName}=shop-00002"
        let changed = try shell.start("wait", "svc", "shop", "--for", path, "--timeout=1h")
        await apply("shop", image: "image:2")
        #expect(await changed.line() == "service.elafros.dev/shop condition met")
        let deleted = try shell.start("wait", "svc", "shop", "--for=delete", "--timeout=1h")
        // Also where another of its name has taken its place meanwhile.
        _ = await shell.run("delete", "svc", "shop")
        #expect(await deleted.code == 0)
        #expect(await changed.code == 0)
    }

    @Test(arguments: [
        [], ["svc"], ["svc", "a", "--all"], ["svc/a", "b"], ["svc", "--all", "-l", "a=b"],
        ["svc", "--all", "--for=create"],
    ])
    func `objects that are not told apart are refused`(words: [String]) async throws {
        let what = words.contains("--for=create") ? [] : ["--for=condition=Ready"]
        #expect(await shell.run(["wait"] + words + what).code == 64)
    }

    @Test(arguments: [
        ("ready", "there is no \"ready\"; write condition=TYPE[=STATUS]"), ("condition=", "there is no"),
        ("jsonpath={.a", "the closing brace is missing"), ("jsonpath={.a[*]}", "\"[*]\" is not understood"),
        ("jsonpath={.a['b}", "a quote or a bracket is not closed"), ("jsonpath={}", "it names no field"),
        ("jsonpath={.a..b}", "a field's name is missing"), ("jsonpath={.a}x", "\"x\" after the path"),
        ("jsonpath={.a[?(@.b==1)]}", "is not understood"),
    ])
    func `what cannot be waited for is refused with the reason`(what: String, reason: String) async throws {
        let ran = await shell.run("wait", "svc", "shop", "--for", what)
        #expect(ran.code == 64)
        #expect(ran.errors.contains(reason), "\(ran.errors)")
    }

    @Test func `a path that leads to a list has no value`() async throws {
        await apply("shop")
        let ran = await shell.run("wait", "svc", "shop", "--for", "jsonpath={.status.traffic}=1")
        #expect(ran.code == 64)
        #expect(ran.errors.contains("the path leads to a list or a map"))
    }

    @Test func `a condition of an older generation does not count`() throws {
        var metadata = Metadata(name: "shop", namespace: "default")
        metadata.generation = 2
        var status = ServiceStatus()
        status.conditions = Conditions([Condition(type: "Ready", status: .true)])
        let waited = try WaitedFor("condition=Ready")
        for observed in [1, 2] {
            status.observedGeneration = observed
            let object = Object(kind: .service, metadata: metadata, spec: .map([:]), status: .service(status))
            #expect(try waited.holds(of: object, first: nil) == (observed == 2))
        }
    }
}
