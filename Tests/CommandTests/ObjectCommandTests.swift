import TestSupport
import Testing
import YAML

@testable import elafros

/// get, status, apply, patch and delete, as kubectl has them.
@Suite struct ObjectCommandTests {
    let shell: Shell

    init() throws { shell = try Shell() }

    @Test func `apply creates, then changes nothing, then configures`() async throws {
        let first = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        #expect(first == Shell.Ran(code: 0, output: "service.elafros.dev/shop created\n", errors: ""))
        let second = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        #expect(second.output == "service.elafros.dev/shop unchanged\n")
        let third = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:2"))
        #expect(third.output == "service.elafros.dev/shop configured\n")
        let names = await shell.run("get", "revisions", "-o", "name")
        #expect(names.output == "revision.elafros.dev/shop-00001\nrevision.elafros.dev/shop-00002\n")
    }

    @Test func `an invalid manifest is refused with its place, and the others are applied`() async throws {
        let input = service("bad", image: "1").replacingImage() + "---\n" + service("shop", image: "shop:1")
        let ran = await shell.run("apply", "-f", "-", input: input)
        #expect(ran.code == 3)
        #expect(ran.output == "service.elafros.dev/shop created\n")
        #expect(ran.errors.hasPrefix("<stdin>:11:"))
    }

    @Test(arguments: [
        ("strategic", #"{"metadata": {"labels": {"a": "b"}}}"#),
        ("merge", "metadata:\n  labels:\n    a: b\n"),
        ("json", #"[{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]"#),
    ])
    func `a patch of each type changes its field`(type: String, patch: String) async throws {
        _ = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        let ran = await shell.run("patch", "svc", "shop", "--type", type, "-p", patch)
        #expect(ran == Shell.Ran(code: 0, output: "service.elafros.dev/shop patched\n", errors: ""))
        #expect(await shell.run("get", "svc", "-l", "a=b", "-o", "name").output == "service.elafros.dev/shop\n")
    }

    @Test func `what another process read is taken, and the file itself is left alone`() async throws {
        try shell.folder.write(service("other", image: "other:1"), to: "shop.yaml")
        let bytes = Array(service("shop", image: "shop:1").utf8)
        let file = HandedFile(word: "shop.yaml", name: "shop.yaml", content: .bytes(bytes))
        let ran = await shell.run(["apply", "-f", "shop.yaml"], handed: [file])
        #expect(ran.output == "service.elafros.dev/shop created\n")
        let patch = HandedFile(word: "p", name: "p", content: .bytes(Array("metadata: {labels: {a: b}}".utf8)))
        let patched = await shell.run(["patch", "svc", "shop", "-p", "@p"], handed: [patch])
        #expect(patched.output == "service.elafros.dev/shop patched\n")
    }

    @Test func `delete takes the object and what it owns, and names what is missing`() async throws {
        _ = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        let ran = await shell.run("delete", "service", "shop", "nothing")
        #expect(ran.code == 1)
        #expect(ran.output == "service.elafros.dev/shop deleted\n")
        #expect(ran.errors == "elafros: services \"nothing\" not found in namespace default\n")
        #expect(await shell.run("get", "all").errors == "No resources found in default namespace.\n")
        #expect(await shell.run("delete", "service", "shop", "--ignore-not-found").code == 0)
    }

    @Test func `a name that is not there is an error, an empty list is not`() async throws {
        let named = await shell.run("get", "svc", "x")
        let missing = "elafros: services \"x\" not found in namespace default\n"
        #expect(named == Shell.Ran(code: 1, output: "", errors: missing))
        let all = await shell.run("get", "svc", "-n", "elsewhere")
        #expect(all == Shell.Ran(code: 0, output: "", errors: "No resources found in elsewhere namespace.\n"))
    }

    @Test func `one object by name stands alone, several are a List`() async throws {
        let input = service("shop", image: "shop:1") + "---\n" + service("cart", image: "cart:1", namespace: "b")
        _ = await shell.run("apply", "-f", "-", input: input)
        let one = try Value(json: await shell.run("get", "svc", "shop", "-o", "json").output)
        #expect(one["kind"] == "Service")
        let all = try Value(json: await shell.run("get", "svc,rt", "-A", "-o", "json").output)
        #expect(all["apiVersion"] == "v1")
        #expect(all["kind"] == "List")
        #expect(all["items"]?.list?.count == 4)
    }

    @Test func `KIND and NAME may be one word`() async throws {
        _ = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        #expect(await shell.run("get", "svc/shop", "-o", "name").output == "service.elafros.dev/shop\n")
        #expect(try Value(json: await shell.run("get", "svc/shop", "-o", "json").output)["kind"] == "Service")
        let patch = #"{"metadata": {"labels": {"a": "b"}}}"#
        #expect(await shell.run("patch", "svc/shop", "-p", patch).code == 0)
        #expect(await shell.run("patch", "svc/shop", "shop", "-p", patch).code == 64)
        #expect(await shell.run("get", "svc/shop", "cart").code == 64)
    }

    @Test func `one object that is not there prints nothing on standard output, as data either`() async throws {
        let ran = await shell.run("get", "svc", "x", "-o", "json")
        #expect(ran.code == 1)
        #expect(ran.output.isEmpty)
    }

    @Test func `where several kinds were asked for, names tell the kind`() async throws {
        _ = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        let ran = await shell.run("get", "svc,rt")
        #expect(ran.output.contains("\nservice.elafros.dev/shop "))
        #expect(ran.output.contains("\nroute.elafros.dev/shop "))
    }

    @Test func `an edit made for another version of the object is refused`() async throws {
        _ = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        let stale = await shell.run("get", "svc", "shop", "-o", "yaml").output
        let patch = #"{"metadata": {"resourceVersion": "1", "labels": {"a": "b"}}}"#
        let patched = await shell.run("patch", "svc", "shop", "-p", patch)
        #expect(patched.code == 2)
        #expect(patched.errors.hasPrefix("elafros: service.elafros.dev/shop: the object has been modified: "))
        #expect(await shell.run("apply", "-f", "-", input: stale).code == 0)
        let again = await shell.run("get", "svc", "shop", "-o", "yaml").output
        // What was remembered does not grow with each round.
        #expect(again.split(separator: "last-applied-configuration").count == 2)
        _ = await shell.run("patch", "svc", "shop", "-p", #"{"metadata": {"labels": {"c": "d"}}}"#)
        let applied = await shell.run("apply", "-f", "-", input: stale)
        #expect(applied.code == 2)
        #expect(applied.errors.contains("the object has been modified"))
        let list = "apiVersion: v1\nkind: List\nitems:\n- " + stale.split(separator: "\n").joined(separator: "\n  ")
        #expect(await shell.run("apply", "-f", "-", input: list).code == 2)
    }

    @Test func `apply says why it found nothing to apply`() async throws {
        try shell.folder.write("", to: "empty/note.txt")
        try shell.folder.write("kind: Service\n", to: "half.yaml")
        try shell.folder.write("apiVersion: v1\nkind: ConfigMap\n", to: "map.yaml")
        let advice = "name a manifest, or a folder with *.yaml, *.yml or *.json files"
        let cases = [
            ("empty", "elafros: empty: there is nothing in it; \(advice)\n"),
            ("half.yaml", "half.yaml:1:1: note: no object: it has no apiVersion\n"),
            ("map.yaml", "map.yaml:1:1: note: ConfigMap of Kubernetes' core group v1 is not ours\n"),
            ("https://x.org/a.yaml", "a.yaml: addresses are not fetched; download it, or pipe it in and name -\n"),
        ]
        for (file, expected) in cases {
            let ran = await shell.run("apply", "-f", file)
            #expect(ran.code == (file.hasPrefix("https") ? 2 : 3))
            #expect(ran.errors.contains(expected), "\(ran.errors)")
        }
    }

    @Test func `delete takes kinds before the names or with each`() async throws {
        let ran = await shell.run("delete", "svc/shop", "cart")
        #expect(ran.code == 64)
        #expect(
            ran.errors == "elafros: svc/shop: write KIND/NAME for each object, or one kind and then the names\n"
        )
        let elsewhere = await shell.run("delete", "svc", "shop", "-n", "other")
        #expect(elsewhere.errors == "elafros: services \"shop\" not found in namespace other\n")
    }

    @Test func `a patch that does not fit names the object`() async throws {
        _ = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        let patch = #"[{"op": "replace", "path": "/spec/nothing/here", "value": 1}]"#
        let ran = await shell.run("patch", "svc", "shop", "--type", "json", "-p", patch)
        #expect(ran.code == 3)
        #expect(
            ran.errors == "elafros: service.elafros.dev/shop: there is nothing at \"/spec/nothing/here\"\n"
        )
    }

    @Test func `a state folder that is not there is named`() async throws {
        let ran = await shell.run("get", "svc", "--state", "nowhere")
        #expect(ran.code == 0)
        #expect(ran.errors.contains("/nowhere: no state was made there yet; check --state\n"))
        try shell.folder.write("text", to: "file")
        #expect(await shell.run("status", "--state", "file").code == 2)
    }

    @Test func `what Elafros keeps for itself can only be read`() async throws {
        let ran = await shell.run("delete", "workload", "shop-00001")
        #expect(ran.code == 2)
        #expect(ran.errors.contains("can only be read"))
    }

    @Test func `tables have kubectl's columns`() async throws {
        let input = service("shop", image: "shop:1") + "---\n" + service("cart", image: "cart:1", namespace: "b")
        _ = await shell.run("apply", "-f", "-", input: input)
        let heads = await shell.run("get", "svc,cfg,rev,rt", "-A").output.split(separator: "\n").filter {
            $0.hasPrefix("NAMESPACE")
        }
        #expect(
            heads.map { $0.split(separator: " ").joined(separator: " ") } == [
                "NAMESPACE NAME URL LATEST AGE READY REASON", "NAMESPACE NAME LATESTCREATED LATESTREADY READY REASON",
                "NAMESPACE NAME SERVICE TRAFFIC GENERATION AGE READY REASON", "NAMESPACE NAME URL READY REASON TRAFFIC",
            ]
        )
    }

    @Test func `a Service in Knative's shape stays in it, whatever is done with it`() async throws {
        let manifest = """
            apiVersion: serving.knative.dev/v1
            kind: Service
            metadata:
              name: shop
            spec:
              template:
                spec:
                  containers:
                  - image: shop:1
            """
        let wrong = await shell.run("validate", "-", input: manifest.replacing("image:", with: "imgae:"))
        #expect(wrong.code == 3)
        #expect(wrong.output.contains("<stdin>:9:9: unknown field \"imgae\" in container"))
        #expect(await shell.run("validate", "-", input: manifest).code == 0)
        #expect(await shell.run("apply", "-f", "-", input: manifest).output == "service.elafros.dev/shop created\n")
        let patch = #"{"spec": {"template": {"spec": {"containers": [{"image": "shop:2"}]}}}}"#
        #expect(await shell.run("patch", "ksvc", "shop", "-p", patch).code == 0)
        let shown = await shell.run("get", "ksvc", "shop", "-o", "yaml").output
        #expect(shown.hasPrefix("apiVersion: serving.knative.dev/v1\nkind: Service\n"))
        #expect(shown.contains("url: http://shop.default.mydomain.com"))
        #expect(shown.contains("type: RoutesReady"))
        #expect(!shown.contains("runLatest"))
        // What is printed may be applied again.
        #expect(await shell.run("apply", "-f", "-", input: shown).code == 0)
        #expect(await shell.run("get", "rev", "-o", "name").output.split(separator: "\n").count == 2)
        #expect(await shell.run("status", "shop").output.contains("http://shop.default.mydomain.com"))
    }

    @Test func `events tell what happened to a Service and what was made for it`() async throws {
        _ = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        _ = await shell.run("apply", "-f", "-", input: service("cart", image: "cart:1", namespace: "b"))
        let ran = await shell.run("events", "shop")
        #expect(ran.code == 0)
        let rows = ran.output.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
        #expect(rows.first?.joined(separator: " ") == "NAMESPACE LAST SEEN TYPE REASON OBJECT MESSAGE")
        #expect(
            Set(rows.dropFirst().map { $0.dropFirst(2).joined(separator: " ") }) == [
                "Normal Created service/shop Created Configuration \"shop\"",
                "Normal Created service/shop Created Route \"shop\"",
                "Normal Created configuration/shop Created Revision \"shop-00001\"",
                "Normal LatestRevisionUpdate configuration/shop LatestCreatedRevisionName updated to \"shop-00001\"",
                "Normal RevisionReady revision/shop-00001 Revision becomes ready upon endpoint \"shop-00001-service\" "
                    + "becoming ready",
                "Normal ConfigurationReady configuration/shop Configuration becomes ready",
                "Normal LatestReadyUpdate configuration/shop LatestReadyRevisionName updated to \"shop-00001\"",
            ]
        )
        let all = await shell.run("events", "-o", "json")
        #expect(all.output.contains("\"cart-00001\""))
        #expect(!(await shell.run("events", "-n", "default")).output.contains("cart"))
        #expect((await shell.run("events", "nothing")).code == 1)
        // What is gone is still told of.
        _ = await shell.run("delete", "revision", "shop-00001")
        #expect((await shell.run("events", "shop")).output.contains("RevisionReady"))
    }

    @Test func `the same again is one line`() async throws {
        _ = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        for _ in 0..<2 { _ = await shell.run("delete", "route", "shop") }
        let lines = await shell.run("events", "shop").output.split(separator: "\n")
        let created = lines.filter { $0.contains("Created Route") }
        #expect(created.count == 1)
        #expect(created.first?.contains("(x3 over ") == true)
    }

    @Test func `status of one Service ends with its events`() async throws {
        _ = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        let one = await shell.run("status", "shop").output
        #expect(one.contains("\n    LAST SEEN   TYPE "))
        #expect(one.contains("Configuration becomes ready"))
        #expect(one.split(separator: "\n").allSatisfy { $0.count <= 120 })
        let name = String(repeating: "word-", count: 12) + "x"
        let missing = service("shop", image: "shop:2").replacing(
            "      revisionTemplate:",
            with: "      build: {template: {name: \(name)}}\n      revisionTemplate:"
        )
        _ = await shell.run("apply", "-f", "-", input: missing)
        let long = await shell.run("status", "shop").output
        #expect(long.contains(name))
        #expect(long.split(separator: "\n").allSatisfy { $0.count <= 120 })
        #expect(!(await shell.run("status")).output.contains("LAST SEEN"))
        #expect((await shell.run("status", "shop", "-o", "yaml")).output.contains("reason: ConfigurationReady"))
    }

    @Test func `delete takes what an object owns along, before or after, or leaves it`() async throws {
        for cascade in ["background", "foreground", "orphan"] {
            _ = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
            let ran = await shell.run("delete", "service", "shop", "--cascade", cascade)
            #expect(ran.output == "service.elafros.dev/shop deleted\n")
            let left = await shell.run("get", "all,workload", "-o", "name").output
            #expect(left.isEmpty == (cascade != "orphan"))
        }
    }

    @Test func `status says where requests go while a Route is blocked`() async throws {
        let live = service("shop", image: "shop:1")
        _ = await shell.run("apply", "-f", "-", input: live)
        let pinned = live.replacing(
            "runLatest:\n    configuration:",
            with: "pinned:\n    revisionName: shop-00009\n    configuration:"
        )
        _ = await shell.run("apply", "-f", "-", input: pinned)
        let line = "\n    the Route is blocked: requests still go to shop-00001 100%\n"
        #expect(await shell.run("status", "shop").output.contains(line))
        #expect(await shell.run("status", "shop", "-o", "json").output.contains(#""served": ["#))
        _ = await shell.run("apply", "-f", "-", input: live)
        #expect(!(await shell.run("status", "shop").output.contains("blocked")))
    }

    @Test func `status shows traffic and names a Service that is not there`() async throws {
        _ = await shell.run("apply", "-f", "-", input: service("shop", image: "shop:1"))
        let ran = await shell.run("status", "shop")
        #expect(ran.output.hasPrefix("✓ default/shop  ready  http://shop.default.mydomain.com\n"))
        #expect(ran.output.contains("shop-00001  ████████████████████ 100%"))
        #expect(await shell.run("status", "nothing").code == 1)
    }
}

extension String {
    fileprivate func replacingImage() -> String {
        guard let range = firstRange(of: "image:") else { return self }
        return self[..<range.lowerBound] + "imgae:" + self[range.upperBound...]
    }
}
