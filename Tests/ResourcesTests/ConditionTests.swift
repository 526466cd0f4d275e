import Resources
import Testing

@Suite struct ConditionTests {
    private let first = Instant(milliseconds: 1_000)
    private let second = Instant(milliseconds: 2_000)

    private func settled(_ status: Condition.Status, _ reason: String, after earlier: Conditions, at now: Instant)
        -> Conditions
    {
        .settled([Condition(type: "Ready", status: status, reason: reason)], after: earlier, at: now)
    }

    @Test func `a condition's time moves with its status, not with its reason`() {
        let began = settled(.unknown, "Deploying", after: Conditions(), at: first)
        #expect(began["Ready"]?.lastTransitionTime == first)
        let waits = settled(.unknown, "Building", after: began, at: second)
        #expect(waits["Ready"]?.reason == "Building")
        #expect(waits["Ready"]?.lastTransitionTime == first)
        let done = settled(.true, "ServiceReady", after: waits, at: second)
        #expect(done["Ready"]?.lastTransitionTime == second)
    }

    @Test func `two lists that say the same keep how each of them came to it`() {
        let began = settled(.unknown, "Deploying", after: Conditions(), at: first)
        let became = settled(.true, "ServiceReady", after: began, at: second)
        let made = settled(.true, "ServiceReady", after: Conditions(), at: second)
        #expect(became == made)
        // What changes back within the instant did not change; what is new in it did.
        #expect(settled(.unknown, "Deploying", after: became, at: second)["Ready"]?.lastTransitionTime == first)
        #expect(settled(.unknown, "Deploying", after: made, at: second)["Ready"]?.lastTransitionTime == second)
    }

    @Test func `conditions that are no longer told go, the others keep the order in which they are told`() {
        let earlier = Conditions.settled(
            ["RolloutInProgress", "Ready"].map { Condition(type: $0, status: .true) },
            after: Conditions(),
            at: first
        )
        let later = Conditions.settled(
            ["Ready", "AllTrafficAssigned"].map { Condition(type: $0, status: .true) },
            after: earlier,
            at: second
        )
        #expect(later.list.map(\.type) == ["Ready", "AllTrafficAssigned"])
        #expect(later.list.map(\.lastTransitionTime) == [first, second])
    }
}
