internal import ArgumentParser
internal import Resources
internal import Store
internal import YAML

/// `elafros get`: live objects, as kubectl shows them.
struct GetCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Lists live objects.",
        discussion: """
            KIND in singular, plural or short form: services (svc), configurations (cfg), revisions (rev), routes (rt), \
            builds, buildtemplates, workloads, splits, syncs, manifestfiles; all is the first four. Several are \
            joined with commas; KIND/NAME names one object.
            """
    )

    @Argument(help: "The kind, or several joined with commas, or KIND/NAME.")
    var kind: String

    @Argument(help: "The objects' names. Default: all of the kind.")
    var names: [String] = []

    @OptionGroup var selection: SelectionWords
    @OptionGroup var state: FolderWords

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: table, wide, yaml, json or name.")
    var output = ObjectForm.table

    @Flag(help: "No line with the columns' names.")
    var noHeaders = false

    @Flag(name: .shortAndLong, help: "After the list, print each object that changes, until SIGINT or SIGTERM.")
    var watch = false

    @Flag(help: "The same without the list.")
    var watchOnly = false

    var form: OutputForm { output == .json ? .json : output == .yaml ? .yaml : .text }

    func run(in session: Session) async throws -> ExitCode {
        let (kinds, names) = try wanted()
        let selector = try selection.labels
        if watch || watchOnly {
            guard kinds.count == 1, names.count <= 1 else {
                throw Failure(
                    .usage,
                    "--watch",
                    "one kind, all of it or one object, can be followed; name a single one"
                )
            }
            return try await follow(kinds[0], names, selector, in: session)
        }
        let reader = try Reader.open(state, in: session)
        let found = Self.objects(kinds, names: names, selection.scope, selector, in: reader.state)
        try reader.check()
        return show(found, kinds, isOne: kinds.count == 1 && names.count == 1, reader, session.console)
    }

    /// The kinds and the names that the words mean: `svc a b`, or `svc/a`.
    private func wanted() throws -> ([Kind], [String]) {
        guard let slash = kind.firstIndex(of: "/") else { return (try KindWords(kind).kinds, names) }
        guard names.isEmpty else {
            throw Failure(.usage, kind, "KIND/NAME stands alone; for several objects write KIND NAME NAME")
        }
        let one = try KindWords.one(String(kind[..<slash]))
        return ([one], [String(kind[kind.index(after: slash)...])])
    }
}

extension GetCommand {
    /// What was asked for: what is there, and the names that are not.
    struct Found {
        var objects: [Kind: [Object]] = [:]
        var missing: [String] = []
        /// All of them, kind by kind in the order of the words.
        func all(_ kinds: [Kind]) -> [Object] { kinds.flatMap { objects[$0] ?? [] } }
    }

    static func objects(
        _ kinds: [Kind],
        names: [String],
        _ scope: String?,
        _ selector: LabelSelector?,
        in state: State
    ) -> Found {
        var found = Found()
        for kind in kinds {
            let scope = Self.scope(scope, of: kind)
            let objects = Self.keys(kind, names: names, scope, in: state).compactMap { state[$0] }.filter {
                selector?.matches($0.metadata.labels) ?? true
            }
            let there = Set(objects.map(\.metadata.name))
            found.missing += names.filter { !there.contains($0) }.map {
                HandEdit.notFound(kind, $0, in: scope).message
            }
            found.objects[kind] = objects
        }
        return found
    }

    /// The objects that the words may mean, by key alone; where all namespaces are not looked through, names are keys
    /// whether or not they are there.
    static func keys(_ kind: Kind, names: [String], _ scope: String?, in state: State) -> [Key] {
        let scope = Self.scope(scope, of: kind)
        if names.isEmpty || scope == nil && kind != .sync {
            return state.keys(kind).filter { key in
                (scope == nil || key.namespace == scope) && (names.isEmpty || names.contains(key.name))
            }
        }
        return names.map { Key(kind, kind == .sync ? "" : scope ?? "", $0) }
    }

    /// A manifest file's namespace is the name of its Sync, and a Sync has none: `-n` does not speak of them.
    private static func scope(_ scope: String?, of kind: Kind) -> String? {
        kind.isBookkeeping ? nil : scope
    }

    private func show(
        _ found: Found,
        _ kinds: [Kind],
        isOne: Bool,
        _ reader: Reader,
        _ console: Console
    ) -> ExitCode {
        let objects = found.all(kinds)
        // One object by name that is not there leaves nothing to print, as kubectl has it: no empty List either.
        if isOne, objects.isEmpty, !found.missing.isEmpty {
            for message in found.missing { console.writeError("elafros: \(message)\n") }
            return .different
        }
        switch output {
        case .table, .wide: showTables(found, kinds, reader, console)
        case .name: for object in objects { console.line(object.key.commandLineName) }
        case .yaml: console.write(data(objects, isOne: isOne).yaml)
        case .json: console.line(data(objects, isOne: isOne).prettyJSON)
        }
        for message in found.missing { console.writeError("elafros: \(message)\n") }
        return found.missing.isEmpty ? .success : .different
    }

    private func showTables(_ found: Found, _ kinds: [Kind], _ reader: Reader, _ console: Console) {
        let shown = kinds.filter { found.objects[$0]?.isEmpty == false }
        if shown.isEmpty, found.missing.isEmpty {
            let place = selection.scope.map { " in \($0) namespace" } ?? ""
            console.writeError("No resources found\(place).\n")
        }
        let tables = ObjectTable(
            state: reader.state,
            now: reader.now,
            showsNamespace: selection.allNamespaces,
            showsKind: kinds.count > 1,
            isWide: output == .wide
        )
        let texts = shown.map { kind in
            tables.table(of: found.objects[kind] ?? [], kind).rendered(console.paint, showsHeads: !noHeaders)
        }
        console.write(texts.joined(separator: "\n"))
    }

    /// One object by name stands alone; anything else is a List, as kubectl has it.
    private func data(_ objects: [Object], isOne: Bool) -> Value {
        if isOne, objects.count == 1 { return objects[0].value }
        return [
            "apiVersion": "v1", "kind": "List", "metadata": ["resourceVersion": ""],
            "items": .list(objects.map(\.value)),
        ]
    }
}
