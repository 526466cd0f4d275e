internal import Glibc

/// What a command may use of the process that asked for it.
///
/// A command that the daemon runs for another process sees that process's words, input, folder and environment here, and
/// never those of the daemon.
struct Session: Sendable {
    /// Where its output goes.
    let console: Console
    /// The folder that relative paths start from.
    let directory: String
    /// The environment's variables.
    let environment: [String: String]
    /// Reads all of standard input.
    let input: @Sendable () throws -> [UInt8]
    /// The words after the program's name, to hand over to a daemon.
    let words: [String]
    /// The daemon that runs the command for another process; nil in a process of its own.
    let daemon: Daemon?
    /// The files that the words name, where the other process read them.
    var handedFiles: [HandedFile]?
}

extension Session {
    /// The session of this very process; nil where a word is not UTF-8, as it would name another file than was meant.
    static func process() -> Session? {
        guard let words = processWords() else { return nil }
        let environment = processEnvironment()
        return Session(
            console: .process(environment),
            directory: currentDirectory(),
            environment: environment,
            input: { try Files.read(descriptor: STDIN_FILENO, named: "standard input") },
            words: words,
            daemon: nil
        )
    }

    /// The files that a word of the command line names: one, or the manifests of a folder.
    func files(_ word: String) throws -> [HandedFile] {
        try handedFiles.map { files in files.filter { $0.word == word } } ?? HandedFile.read(word, in: self)
    }

    /// A path of the command line as a path from the root.
    func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        if path == "~" || path.hasPrefix("~/"), let home = environment["HOME"] { return home + path.dropFirst() }
        return path == "." ? directory : "\(directory)/\(path)"
    }

    /// The words after the program's name. `CommandLine.arguments` would put other characters in the place of bytes that
    /// are not UTF-8.
    private static func processWords() -> [String]? {
        var words: [String] = []
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[index], let word = String(validatingCString: argument) else {
                return nil
            }
            words.append(word)
        }
        return words
    }

    private static func currentDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }

    /// Read from `environ` itself: Foundation's way would load more of it than a quick command needs.
    private static func processEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return variables
    }
}
