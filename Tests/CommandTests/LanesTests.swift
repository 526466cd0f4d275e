import Synchronization
import Testing

@testable import elafros

@Suite struct LanesTests {
    @Test func `those of one name go one after the other`() async {
        let lanes = Lanes()
        let inside = Inside()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await lanes.through("shop") {
                        inside.enter()
                        await Task.yield()
                        inside.leave()
                    }
                }
            }
        }
        #expect(inside.most == 1)
    }

    @Test func `those of another name do not wait`() async {
        let lanes = Lanes()
        let done = await lanes.through("a") { await lanes.through("b") { true } }
        #expect(done)
    }

    @Test func `an error lets the next one through`() async {
        struct Refused: Error {}
        let lanes = Lanes()
        await #expect(throws: Refused.self) { try await lanes.through("a") { throw Refused() } }
        #expect(await lanes.through("a") { true })
    }
}

/// Counts who is inside at once.
private final class Inside: Sendable {
    private let counts = Mutex((now: 0, most: 0))

    var most: Int { counts.withLock { $0.most } }

    func enter() {
        counts.withLock { counts in
            counts.now += 1
            counts.most = max(counts.most, counts.now)
        }
    }

    func leave() { counts.withLock { $0.now -= 1 } }
}
