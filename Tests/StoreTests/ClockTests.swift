import Resources
import Store
import Testing

@Suite struct ClockTests {
    @Test func `the clock never answers anything before the journal's last instant`() {
        let future = Instant(milliseconds: 4_102_444_800_000)
        let clock = SystemClock(notBefore: future)
        #expect(clock.now() == future)
        #expect(clock.now() == future)
        #expect(SystemClock().now() < future)
    }
}
