import Git
import GitOps
import Resources
import Store
import YAML

/// What must hold once everything has come to rest.
extension DaemonWorld {
    func quiet() async throws {
        outside.mend()
        for number in 0..<circumstances.remotes { remotes[number] = .fine }
        if process == nil {
            beginsAt = stage.elapsed
            try await pass(.zero)
        }
        for plan in circumstances.plans { try await suspend(plan.name, false) }
        for number in 0..<circumstances.remotes { try await push(number, [], changesAll: true) }
        // A schedule comes within a day, and the window that it waits for then within another.
        for _ in 0..<54 where !isInSync { try await pass(.seconds(3_600)) }
        guard let now = process?.clock.now() else { return }
        for plan in circumstances.plans where !isInSync && !witness.hasOpened(plan.name, before: now) {
            ring(plan.name, .request)
            try await pass(.seconds(900))
        }
        guard witness.faults.isEmpty else { return }
        checkHeads()
        try await checkRestart()
    }

    /// Whether all stand where their remotes do, and nothing is left to do.
    private var isInSync: Bool {
        guard let state = process?.store.state, state.isQuiet else { return false }
        return circumstances.plans.allSatisfy { plan in
            state[Key(.sync, "", plan.name)]?.syncStatus.commit == remotes.tip(plan.remote)?.hex
        }
    }

    /// The newest commit is live everywhere, each generation once.
    private func checkHeads() {
        guard let state = process?.store.state else { return }
        for plan in circumstances.plans {
            let status = state[Key(.sync, "", plan.name)]?.syncStatus
            if status?.commit != remotes.tip(plan.remote)?.hex {
                let why = status?.waiting.map { ": \($0)" } ?? ""
                witness.faults.append("quiet: \(plan.name) is not where its remote is\(why)")
                continue
            }
            let service = state[Key(.service, "default", plan.name)]
            let configuration = service?.spec["runLatest"]?["configuration"]
            let image = configuration?["revisionTemplate"]?["spec"]?["container"]?["image"]?.string
            if image != images[plan.name] {
                witness.faults.append("quiet: \(plan.name) has \(image ?? "no image"), not \(images[plan.name] ?? "")")
            }
            if service?.serviceStatus.conditions.isTrue("Ready") != true {
                witness.faults.append("quiet: \(plan.name) is not ready")
            }
        }
        var generations: Set<String> = []
        for key in state.keys(.revision) {
            guard let revision = state[key], let owner = revision.metadata.controller else { continue }
            let generation = revision.metadata.annotations[Labels.configurationGeneration] ?? ""
            if !generations.insert("\(owner.uid) \(generation)").inserted {
                witness.faults.append("revisions: \(key) is the second of its generation")
            }
        }
    }

    /// Another process on the same disk finds the same, and changes nothing.
    private func checkRestart() async throws {
        guard let store = process?.store else { return }
        let before = AtRest.whole(store.state)
        try await restart(down: .zero)
        let written = try Store.open(journal: FaultyJournal(outside, real: nil, newID: "state")).load()
        witness.faults += AtRest.differences(before, AtRest.whole(written), "journal")
        try await pass(.zero)
        guard let begun = process?.store.state else { return }
        let contents = Self.lasting(begun)
        try await pass(.seconds(2 * 3_600))
        guard let later = process?.store.state else { return }
        witness.faults += AtRest.differences(contents, Self.lasting(later), "again")
    }

    /// What housekeeping leaves as it is, which retires Revisions in its own time.
    private static func lasting(_ state: Store::State) -> [Key: String] {
        AtRest.contents(state).filter { [.service, .configuration, .route].contains($0.key.kind) }
    }
}
