import Glibc
import Store
import TestSupport
import Testing

@testable import elafros

/// `watch`: lines for a pipe, frames for a terminal.
@Suite struct WatchTests {
    let shell: Shell

    init() throws { shell = try Shell() }

    private func apply(_ name: String, image: String = "image:1") async {
        let ran = await shell.run("apply", "-f", "-", input: service(name, image: image))
        #expect(ran.code == 0, "\(ran.errors)")
    }

    private func view(after earlier: LiveView = LiveView()) throws -> LiveView {
        earlier.updated(from: try Reader(StateFolder(path: shell.folder.path("elafros"))))
    }

    @Test func `into a pipe go what is there and each change, a line each`() async throws {
        let repository = try GitRepository(in: shell.folder, named: "shop")
        let commit = try repository.commit(["shop.yaml": service("shop", image: "shop:1")], message: "One")
        #expect(await shell.run("sync", "--repo", "shop").code == 0)
        let watch = try shell.start("watch")
        #expect(await watch.line() == "Sync shop  at \(commit.prefix(7))")
        #expect(await watch.line() == "default/shop  ready  100% shop-00001")
        await apply("cart")
        #expect(await watch.wait(for: "default/cart  ready  100% cart-00001"))
        _ = await shell.run("delete", "svc", "cart")
        #expect(await watch.wait(for: "default/cart  deleted"))
        _ = try repository.commit(["bad.yaml": "apiVersion: elafros.dev/v1alpha1\nkind: Srevice\n"], message: "Two")
        #expect(await shell.run("sync", "--repo", "shop").code == 3)
        #expect(await watch.wait(for: "1 manifest held back  held back: bad.yaml:2:"))
        #expect(await watch.stop() == 0)
    }

    @Test func `a frame shows how traffic is split`() async throws {
        await apply("cart")
        await apply("shop")
        let before = try view()
        await apply("shop", image: "image:2")
        let after = try view(after: before)
        #expect(
            after.frame(width: 60, height: 10, Paint(isOn: false)) == [
                "✓ default/cart  ready  cart-00001 100%", "… default/shop  rolling out",
                "    shop-00001  ███████████████░░░░░ 75%", "    shop-00002  █████░░░░░░░░░░░░░░░ 25%",
            ]
        )
        #expect(after.lines(since: before) == ["default/shop  rolling out  75% shop-00001, 25% shop-00002"])
        #expect(try view().items == after.items)
    }

    @Test(arguments: [(60, 1), (60, 3), (20, 4), (1, 2), (200, 100)])
    func `a frame fits, whatever the size`(width: Int, height: Int) async throws {
        for name in ["cart", "shop", "till"] { await apply(name) }
        await apply("till", image: "image:2")
        let frame = try view().frame(width: width, height: height, Paint(isOn: false))
        #expect(!frame.isEmpty && frame.count <= height)
        #expect(frame.allSatisfy { $0.count <= width })
    }

    @Test func `where not all fits, what moves comes first and the rest is counted`() async throws {
        for name in ["cart", "shop", "till"] { await apply(name) }
        await apply("till", image: "image:2")
        let frame = try view().frame(width: 60, height: 4, Paint(isOn: false))
        #expect(frame.first == "… default/till  rolling out")
        #expect(frame.last == "and 2 more")
    }

    @Test func `a terminal gets frames, and is given back as it was`() async throws {
        await apply("shop")
        let terminal = try PseudoTerminal(width: 80, height: 10)
        let kept = dup(terminal.inside)
        defer { close(kept) }
        let watch = shell.start(on: terminal, "watch")
        // A frame is cut into lines by the test's reader, and has none behind its last.
        await apply("cart")
        #expect(await watch.wait(for: "default/cart"))
        #expect(!PseudoTerminal.isAtRest(kept))
        terminal.press("q")
        #expect(await watch.code == 0)
        #expect(PseudoTerminal.isAtRest(kept))
        #expect(await watch.stop() == 0)
    }
}
