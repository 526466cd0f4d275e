internal import ArgumentParser
internal import Resources
internal import Store
internal import YAML

/// `elafros status`: services with their traffic and conditions, the last sync, drift, and what is held back.
struct StatusCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows services with traffic and conditions, the last sync, drift, and what is held back."
    )

    @Argument(help: "A service. Default: all of them.")
    var name: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Only this namespace.", valueName: "ns"))
    var namespace: String?

    @OptionGroup var state: FolderWords

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, yaml or json.")
    var form = OutputForm.text

    func run(in session: Session) async throws -> ExitCode {
        let reader = try Reader.open(state, in: session)
        let services = reader.state.keys(.service).filter { key in
            (name == nil || key.name == name) && (namespace == nil || key.namespace == namespace)
        }.compactMap { reader.state[$0] }
        let page = StatusPage(
            state: reader.state,
            now: reader.now,
            lastWrite: reader.lastWrite,
            services: services,
            others: name == nil ? others(in: reader.state) : [],
            isOne: name != nil
        )
        let text: String
        switch form {
        case .text: text = page.text(session.console.paint)
        case .yaml: text = page.value.yaml
        case .json: text = page.value.prettyJSON + "\n"
        }
        try reader.check()
        if let name, services.isEmpty {
            throw HandEdit.notFound(.service, name, in: namespace)
        }
        session.console.write(text)
        return .success
    }

    /// What git names beside Services, found by the inventory: reading all children of all Services would cost far more.
    private func others(in state: State) -> [Object] {
        let named = state.keys(.manifestFile).compactMap { state[$0] }.flatMap(\.references)
        let keys = Set(named).filter { $0.kind != .service && (namespace == nil || $0.namespace == namespace) }
        return keys.sorted().compactMap { state[$0] }.filter { $0.origin != nil }
    }
}
