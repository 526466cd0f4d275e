internal import ArgumentParser
internal import GitOps
internal import Resources
internal import Store
internal import YAML

/// `elafros forget`: ends a Sync for good.
struct ForgetCommand: WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract:
            "Ends a Sync for good: what it applied stays, and belongs to nobody or to the Sync that waits for it.",
        discussion: """
            For a Sync that is followed no more, as one that was renamed in its file. What another Sync names and holds back as a \
            conflict is handed over. With --prune all else that it applied is deleted, but for objects with the annotation \
            elafros.dev/prune: "false".
            """
    )

    @Argument(help: "The Sync.")
    var name: String

    @Flag(help: "Delete what it applied and nobody else waits for.")
    var prune = false

    @OptionGroup(title: "State")
    var state: StateWords

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, yaml or json.")
    var form = OutputForm.text

    func run(in session: Session) async throws -> ExitCode {
        if let followed = await session.daemon?.conductor.definition(name) {
            let advice =
                followed.place == "the command line"
                ? "end `elafros serve` first" : "take it out there, and it is followed no more"
            throw Failure(.refused, "Sync \(name)", "it is followed, as \(followed.place) says; \(advice)")
        }
        let sync = try await KnownSyncs(state, in: session).one(name)
        let writer = try await Writer.open(state, as: "forget", in: session)
        let run = writer.sync(sync.options, gitTimeout: sync.gitTimeout, credentials: try sync.credentials(in: session))
        let forgotten = try await writer.mirrors.lanes.through(name) {
            let forgotten = try await run.forget(deletes: prune, at: writer.clock.now())
            _ = try await writer.driver.step()
            try await writer.store.flush()
            return forgotten
        }
        guard let (forgetting, failure) = forgotten else { throw Failure.noSync(name, among: []) }
        try await writer.mirrors.remove(name)
        for heir in Set(forgetting.handedOver.map(\.heir)) { await session.daemon?.conductor.ring(heir, .dependency) }
        write(forgetting, session.console)
        guard let failure else { return .success }
        session.console.writeError(
            "elafros: its last report could not be written: \(FindingLines.oneLine(Failure(failure).sentence))\n"
        )
        return .cannotRun
    }
}

extension ForgetCommand {
    private func write(_ forgetting: Forgetting, _ console: Console) {
        let heirs = Dictionary(grouping: forgetting.handedOver, by: \.heir).mapValues { $0.map(\.key) }
        let value: Value = [
            "name": .string(name), "kept": .keys(forgetting.kept), "deleted": .keys(forgetting.deleted),
            "handedOver": .map(
                Map(uniqueEntries: heirs.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .keys($0.value)) })
            ),
        ]
        switch form {
        case .yaml: console.write(value.yaml)
        case .json: console.line(value.prettyJSON)
        case .text:
            console.line("\(name) forgotten")
            func tell(_ keys: [Key], _ what: String) {
                guard !keys.isEmpty else { return }
                console.line("  \(what) (\(keys.count)):")
                for key in keys.prefix(SyncSummary.longest) { console.line("    \(key)") }
            }
            tell(forgetting.kept, "live still, and no Sync's from now on")
            tell(forgetting.deleted, "deleted")
            for (heir, keys) in heirs.sorted(by: { $0.key < $1.key }) { tell(keys, "Sync \(heir)'s from now on") }
            for child in forgetting.children { console.line("  Sync \(child), which it defined, is followed no more") }
        }
    }
}

extension Value {
    fileprivate static func keys(_ keys: [Resources.Key]) -> Value { .list(keys.map { .string("\($0)") }) }
}
