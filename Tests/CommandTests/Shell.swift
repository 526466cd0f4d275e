import TestSupport

@testable import elafros

/// Runs the program's commands in this process, as a shell in a folder of its own would.
struct Shell {
    let folder: TemporaryFolder

    /// What a command left behind.
    struct Ran: Equatable {
        let code: Int32
        let output: String
        let errors: String
    }

    init() throws { folder = try TemporaryFolder() }

    /// Runs `elafros` with those words; the state folder is `state` in the shell's folder.
    func run(_ words: String..., input: String = "") async -> Ran { await run(words, input: input) }

    /// Runs `elafros` with those words, and files that another process handed over with them.
    func run(_ words: [String], input: String = "", handed files: [HandedFile]? = nil) async -> Ran {
        let console = Console.buffer()
        let code = await elafros.Program.run(session(words, console, input: input, handed: files))
        return Ran(code: code, output: console.written.output, errors: console.written.errors)
    }

    /// Begins to run `elafros` with those words, for as long as somebody reads what it prints.
    func start(_ words: String...) throws -> Running {
        try Running { console in await elafros.Program.run(session(words, console)) }
    }

    /// Begins to run `elafros` with those words on a terminal.
    func start(on terminal: PseudoTerminal, _ words: String...) -> Running {
        Running(reading: terminal.outside, writing: terminal.inside) { console in
            await elafros.Program.run(session(words, console))
        }
    }

    private func session(
        _ words: [String],
        _ console: Console,
        input: String = "",
        handed files: [HandedFile]? = nil
    ) -> Session {
        Session(
            console: console,
            directory: folder.path,
            environment: ["XDG_STATE_HOME": folder.path],
            input: { Array(input.utf8) },
            words: words,
            daemon: nil,
            handedFiles: files
        )
    }
}

/// A Service as YAML.
func service(_ name: String, image: String, namespace: String? = nil) -> String {
    """
    apiVersion: elafros.dev/v1alpha1
    kind: Service
    metadata:
      name: \(name)\(namespace.map { "\n  namespace: \($0)" } ?? "")
    spec:
      runLatest:
        configuration:
          revisionTemplate:
            spec:
              container:
                image: \(image)

    """
}
