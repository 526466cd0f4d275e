internal import ArgumentParser
internal import Resources
internal import Store

/// `elafros wait`: until live objects are as somebody wants them.
struct WaitCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Waits until live objects are ready, are there, are gone, or hold a value.",
        discussion: """
            A condition counts once the object's newest generation was observed. Exit code 4 where the time is over, 1 \
            where there is no such object.
            """
    )

    @Argument(help: "The kind and the names, or KIND/NAME several times.")
    var words: [String]

    @OptionGroup var selection: SelectionWords
    @OptionGroup var state: FolderWords

    @Flag(help: "All objects of the kind.")
    var all = false

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "What to wait for: condition=Ready, condition=Ready=False, delete, create, or jsonpath='{.status.domain}'=VALUE.",
            valueName: "what"
        )
    )
    var what: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long to wait, for all of them; 0 looks once.", valueName: "time")
    )
    var timeout = Span(.seconds(30))

    func run(in session: Session) async throws -> ExitCode {
        let what = try WaitedFor(what)
        let wanted = try wanted()
        if what == .creation, wanted.contains(where: \.names.isEmpty) {
            throw Failure(.usage, "--for create", "what is not there yet has no labels; name the objects")
        }
        let labels = try selection.labels
        let (folder, console) = (try Reader.folder(state, in: session), session.console)
        let (scope, isOnce) = (selection.scope, timeout.duration == .zero)
        let left = try await withThrowingTaskGroup(of: Waiting?.self) { group in
            group.addTask {
                let watch = StateWatch(folder)
                var waiting = try await watch.next { try Waiting(for: what, of: wanted, scope, labels, in: $0.state) }
                waiting.tell(console)
                while !waiting.isOver, !isOnce {
                    let earlier = waiting
                    do {
                        waiting = try await watch.next { try earlier.looking(at: $0.state) }
                    } catch is CancellationError {
                        // The time is over.
                        return waiting
                    }
                    waiting.tell(console)
                }
                return waiting
            }
            group.addTask { [timeout] in
                // Cancelled where the other was quicker.
                try? await Task.sleep(for: timeout.duration)
                return nil
            }
            var left = try await group.next() ?? nil
            group.cancelAll()
            while left == nil, let next = try await group.next() { left = next }
            return left
        }
        guard let left else { return .success }
        for line in left.complaints { console.writeError("elafros: \(line)\n") }
        return left.code
    }

    /// The kinds, each with its names; none of them for all objects, or those with the labels.
    private func wanted() throws -> [Waiting.Wanted] {
        let isPicking = all || selection.selector != nil
        if all, selection.selector != nil {
            throw Failure(.usage, "--all", "all objects, or those with labels, not both; leave out --all or --selector")
        }
        if words.allSatisfy({ $0.contains("/") }), !isPicking {
            return try words.map { word in
                let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
                return Waiting.Wanted(kind: try KindWords.one(String(parts[0])), names: [String(parts[1])])
            }
        }
        if let word = words.first(where: { $0.contains("/") }) {
            throw Failure(.usage, word, "write KIND/NAME for each object, or one kind and then the names")
        }
        guard isPicking == (words.count == 1) else {
            let advice = isPicking ? "names, or --all or labels, not both" : "name objects, or write --all or -l LABELS"
            throw Failure(.usage, words[0], advice)
        }
        if isPicking { return try KindWords(words[0]).kinds.map { Waiting.Wanted(kind: $0, names: []) } }
        return [Waiting.Wanted(kind: try KindWords.one(words[0]), names: Array(words.dropFirst()))]
    }
}

/// Which objects are still waited for, and which were not there to wait for.
private struct Waiting: Sendable {
    let what: WaitedFor
    /// What is waited for, in order; with the uid of what was there at first.
    private var left: [(key: Key, uid: String?)] = []
    /// What has come true since it was last told.
    private var met: [Key] = []
    /// What was asked for and is not there.
    private var missing: [String] = []

    /// A kind and the names in it; none for all that is there.
    struct Wanted: Sendable {
        let kind: Kind
        let names: [String]
    }

    /// Finds what is meant, and looks at it once.
    init(
        for what: WaitedFor,
        of wanted: [Wanted],
        _ scope: String?,
        _ labels: LabelSelector?,
        in state: State
    ) throws {
        self.what = what
        for wanted in wanted {
            let found = GetCommand.objects([wanted.kind], names: wanted.names, scope, labels, in: state)
            left += found.all([wanted.kind]).map { ($0.key, $0.metadata.uid) }
            switch what {
            // What is not there is deleted already.
            case .deletion: break
            case .creation:
                let there = Set(found.all([wanted.kind]).map(\.metadata.name))
                left += wanted.names.filter { !there.contains($0) }.map {
                    (Key(wanted.kind, scope ?? "default", $0), nil)
                }
            case .condition, .value: missing += found.missing
            }
        }
        if left.isEmpty, missing.isEmpty, what != .deletion { missing = ["no matching resources found"] }
        let first = try looking(at: state)
        (left, met) = (first.left, first.met)
    }

    /// The same after a look at a newer state.
    func looking(at state: State) throws -> Waiting {
        var next = self
        next.left = []
        for (key, uid) in left {
            if try what.holds(of: state[key], first: uid) { next.met.append(key) } else { next.left.append((key, uid)) }
        }
        return next
    }

    /// Prints what has come true.
    mutating func tell(_ console: Console) {
        for key in met { console.line("\(key.commandLineName) condition met") }
        met = []
    }

    var isOver: Bool { left.isEmpty }

    /// What to say in the end, an object a line.
    var complaints: [String] {
        missing + left.map { "timed out waiting for the condition on \($0.key.kind.plural)/\($0.key.name)" }
    }

    var code: ExitCode { !left.isEmpty ? .failed : missing.isEmpty ? .success : .different }
}
