internal import YAML

/// A command that one process hands to the daemon: a line of JSON, then the files and standard input as they are.
struct Handed: Hashable, Sendable {
    /// The version of the program that hands over. Another one could mean something else by the same words.
    var version = Version.number
    /// The words after the program's name.
    var words: [String]
    /// Where relative paths start.
    var directory: String
    /// What of the environment the command may need. It holds secrets: the socket is the owner's alone.
    var environment: [String: String]
    /// Whether standard output is a terminal that shows colours.
    var hasColour: Bool
    /// Whether standard error is a terminal that shows colours.
    var hasErrorColour: Bool
    /// The files that the words name.
    var files: [HandedFile] = []
    /// Standard input, where the words name it.
    var input: [UInt8]

    /// Which variables go along: what names credentials and folders, and nothing else of the caller's life.
    static func isNeeded(_ variable: String) -> Bool {
        variable.hasPrefix("ELAFROS_") || ["HOME", "SSH_AUTH_SOCK"].contains(variable)
    }
}

extension Handed {
    /// The bytes that go over the socket.
    var bytes: [UInt8] {
        let head: Value = [
            "version": .string(version),
            "words": .list(words.map(Value.string)),
            "directory": .string(directory),
            "environment": .map(
                Map(environment.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
            ),
            "hasColour": .bool(hasColour),
            "hasErrorColour": .bool(hasErrorColour),
            "files": .list(files.map(\.head)),
        ]
        var bytes: [UInt8] = []
        head.appendJSON(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        for file in files { bytes += file.bytes }
        return bytes + input
    }

    /// Reads what `bytes` wrote; nil for anything else.
    init?(bytes: [UInt8]) {
        let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
        guard let head = try? Value(json: Array(bytes[..<end])), let version = head["version"]?.string,
            let words = head["words"]?.list, let directory = head["directory"]?.string
        else { return nil }
        var rest = bytes[min(end + 1, bytes.endIndex)...]
        var files: [HandedFile] = []
        for file in head["files"]?.list ?? [] {
            guard let file = HandedFile(head: file, takingFrom: &rest) else { return nil }
            files.append(file)
        }
        self.init(
            version: version,
            words: words.compactMap(\.string),
            directory: directory,
            environment: Dictionary(
                (head["environment"]?.map?.entries ?? []).map { ($0.key, $0.value.string ?? "") },
                uniquingKeysWith: { $1 }
            ),
            hasColour: head["hasColour"]?.bool ?? false,
            hasErrorColour: head["hasErrorColour"]?.bool ?? false,
            files: files,
            input: Array(rest)
        )
    }
}

/// What the daemon sends back: what the command printed, and its exit code.
struct HandedBack: Hashable, Sendable {
    var exitCode: Int32
    var output: String
    var errors: String

    /// One line of JSON.
    var json: String {
        let value: Value = [
            "exitCode": .int(Int(exitCode)), "output": .string(output), "errors": .string(errors),
        ]
        return value.json
    }

    /// What a command printed.
    init(exitCode: Int32, _ written: Console.Kept) {
        self.exitCode = exitCode
        output = written.output
        errors = written.errors
    }

    /// Reads what `json` wrote; nil for anything else.
    init?(json: String) {
        guard let value = try? Value(json: json), let code = value["exitCode"]?.int.flatMap(Int32.init(exactly:)) else {
            return nil
        }
        exitCode = code
        output = value["output"]?.string ?? ""
        errors = value["errors"]?.string ?? ""
    }
}
