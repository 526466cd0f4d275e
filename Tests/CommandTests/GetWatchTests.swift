import Glibc
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import elafros

/// `get --watch`, read as it is printed while other commands change the same state folder.
@Suite struct GetWatchTests {
    let shell: Shell

    init() throws { shell = try Shell() }

    private func apply(_ name: String, image: String = "image:1", to state: String = "elafros") async {
        let state = shell.folder.path(state)
        let ran = await shell.run("apply", "-f", "-", "--state", state, input: service(name, image: image))
        #expect(ran.code == 0, "\(ran.errors)")
    }

    @Test func `the list comes first, then a row for what changes, in the same columns`() async throws {
        await apply("shop")
        let watch = try shell.start("get", "svc", "-w")
        let head = try #require(await watch.line())
        #expect(head.split(separator: " ") == ["NAME", "URL", "LATEST", "AGE", "READY", "REASON"])
        let first = try #require(await watch.line())
        #expect(first.hasPrefix("shop   http://shop.default.mydomain.com   shop-00001"))
        await apply("shop", image: "image:2")
        let next = try #require(await watch.line())
        let latest = try #require(head.firstRange(of: "LATEST")?.lowerBound)
        #expect(next[latest...].hasPrefix("shop-0000"))
        #expect(await watch.stop() == 0)
    }

    @Test func `what is untouched is not printed again`() async throws {
        await apply("cart")
        await apply("shop")
        let watch = try shell.start("get", "svc", "-w", "-o", "name")
        #expect(await watch.line() == "service.elafros.dev/cart")
        #expect(await watch.line() == "service.elafros.dev/shop")
        await apply("shop", image: "image:2")
        #expect(await watch.line() == "service.elafros.dev/shop")
        await apply("till")
        #expect(await watch.wait(for: "till"))
        _ = await shell.run("delete", "svc", "shop")
        #expect(await watch.wait(for: "service.elafros.dev/shop"))
        #expect(await watch.stop() == 0)
    }

    @Test func `objects as data are documents of one stream`() async throws {
        await apply("cart")
        await apply("shop")
        let watch = try shell.start("get", "svc", "-w", "-o", "yaml")
        #expect(await watch.line() == "apiVersion: elafros.dev/v1alpha1")
        #expect(await watch.wait(for: "---"))
        #expect(await watch.wait(for: "  name: shop"))
        await apply("cart", image: "image:2")
        #expect(await watch.wait(for: "---"))
        #expect(await watch.wait(for: "  name: cart"))
        #expect(await watch.stop() == 0)
    }

    @Test func `the list can be left out`() async throws {
        await apply("cart")
        await apply("shop")
        let watch = try shell.start("get", "svc", "--watch-only", "-o", "name")
        // When it was taken is not to be seen: something changes until that is printed.
        let changes = Task {
            var round = 0
            while !Task.isCancelled {
                await apply("shop", image: "image:\(round)")
                round += 1
            }
        }
        #expect(await watch.line() == "service.elafros.dev/shop")
        changes.cancel()
        await changes.value
        #expect(await watch.stop() == 0)
    }

    @Test func `a revision's row changes with the traffic that its route gives it`() async throws {
        await apply("shop")
        let watch = try shell.start("get", "revisions", "-w")
        #expect(await watch.wait(for: "shop-00001   shop      100%"))
        await apply("shop", image: "image:2")
        #expect(await watch.wait(for: "shop-00001   shop      75%"))
        #expect(await watch.stop() == 0)
    }

    @Test func `a state folder that is made later is waited for`() async throws {
        let watch = try shell.start("get", "svc", "-w", "-o", "name", "--state", "deep/down/state")
        #expect(await watch.line()?.hasSuffix("no state was made there yet; check --state") == true)
        await apply("shop", to: "deep/down/state")
        #expect(await watch.line() == "service.elafros.dev/shop")
        #expect(await watch.stop() == 0)
    }

    @Test func `a state folder that is replaced is followed`() async throws {
        await apply("shop")
        await apply("cart", to: "other")
        let watch = try shell.start("get", "svc", "-w", "-o", "name")
        #expect(await watch.line() == "service.elafros.dev/shop")
        #expect(rename(shell.folder.path("elafros"), shell.folder.path("old")) == 0)
        #expect(rename(shell.folder.path("other"), shell.folder.path("elafros")) == 0)
        #expect(await watch.wait(for: "service.elafros.dev/cart"))
        await apply("till")
        #expect(await watch.wait(for: "service.elafros.dev/till"))
        #expect(await watch.stop() == 0)
    }

    @Test func `objects that are not meant, or no longer, are left out`() async throws {
        await apply("shop")
        await apply("cart")
        let label = #"{"metadata": {"labels": {"tier": "front"}}}"#
        _ = await shell.run("patch", "svc", "shop", "-p", label)
        let watch = try shell.start("get", "svc", "-w", "-l", "tier=front", "-o", "name")
        #expect(await watch.line() == "service.elafros.dev/shop")
        await apply("cart", image: "image:2")
        _ = await shell.run("patch", "svc", "shop", "-p", label.replacing("front", with: "back"))
        #expect(await watch.line() == "service.elafros.dev/shop")
        _ = await shell.run("patch", "svc", "cart", "-p", label)
        #expect(await watch.line() == "service.elafros.dev/cart")
        #expect(await watch.stop() == 0)
    }

    @Test func `nothing keeps the writer's log from being cut off while nothing happens`() async throws {
        await apply("shop")
        let watch = try shell.start("get", "svc", "-w", "-o", "name")
        #expect(await watch.line() == "service.elafros.dev/shop")
        let folder = StateFolder(path: shell.folder.path("elafros"))
        let holder = FolderLock.Holder.thisProcess("test", since: SystemClock().now())
        let lock = try await folder.lock(as: holder, timeout: .seconds(10)) { try await Task.sleep(for: $0) }
        let store = try Store.open(folder, lock: lock)
        let (rounds, size) = (40, 400_000)
        for round in 0..<rounds {
            try await store.commit(durably: true) { state in
                let note: StringMap = ["note": String(repeating: "\(round % 10)", count: size)]
                var metadata = Metadata(name: "big", namespace: "default")
                metadata.annotations = note
                try state.apply(
                    [.put(Object(kind: .buildTemplate, metadata: metadata, spec: .map([:])))],
                    at: state.instant
                )
            }
        }
        var status = stat()
        #expect(stat(folder.database + "-wal", &status) == 0)
        #expect(Int(status.st_size) < rounds * size / 2)
        try await store.close()
        #expect(await watch.stop() == 0)
    }

    @Test func `one kind is followed, and one object that is there`() async throws {
        let several = "one kind, all of it or one object, can be followed; name a single one"
        for words in [["svc,rt"], ["svc", "a", "b"]] {
            let ran = await shell.run(["get", "-w"] + words)
            #expect(ran == Shell.Ran(code: 64, output: "", errors: "elafros: --watch: \(several)\n"))
        }
        await apply("shop")
        let missing = await shell.run("get", "svc", "x", "-w")
        #expect(missing.code == 1)
        #expect(missing.errors == "elafros: services \"x\" not found in namespace default\n")
    }
}
