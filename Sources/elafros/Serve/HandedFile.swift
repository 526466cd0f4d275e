internal import YAML

/// A file that a command's words name, read by the process that was given the words.
///
/// The daemon could not read it: `<(…)` and `/dev/stdin` are another file there, and it may be another user with another
/// `/tmp`.
struct HandedFile: Hashable, Sendable {
    /// The word that names it, or the folder that it is in.
    let word: String
    /// How messages call it.
    let name: String
    /// What became of reading it.
    let content: ManifestFolder.Content
}

extension HandedFile {
    /// The files that a word names: one, or the manifests of a folder.
    static func read(_ word: String, in session: Session) throws -> [HandedFile] {
        var files: [HandedFile] = []
        try ManifestFolder.read(session.absolute(word), shownAs: word) { name, content in
            files.append(HandedFile(word: word, name: name, content: content))
        }
        return files
    }

    /// Its part of the line of JSON; the bytes themselves follow after that line.
    var head: Value {
        var map: Map = ["word": .string(word), "name": .string(name)]
        switch content {
        case .bytes(let bytes): map["size"] = .int(bytes.count)
        case .finding(let finding):
            map["severity"] = .string(finding.severity.rawValue)
            map["message"] = .string(finding.message)
        }
        return .map(map)
    }

    /// The bytes that follow.
    var bytes: [UInt8] { if case .bytes(let bytes) = content { bytes } else { [] } }

    /// Reads what `head` wrote, and takes its bytes off the front of `rest`; nil for anything else.
    init?(head: Value, takingFrom rest: inout ArraySlice<UInt8>) {
        guard let word = head["word"]?.string, let name = head["name"]?.string else { return nil }
        if let size = head["size"]?.int {
            guard (0...rest.count).contains(size) else { return nil }
            self.init(word: word, name: name, content: .bytes(Array(rest.prefix(size))))
            rest = rest.dropFirst(size)
            return
        }
        guard let severity = head["severity"]?.string.flatMap(Diagnostic.Severity.init(rawValue:)),
            let message = head["message"]?.string
        else { return nil }
        self.init(word: word, name: name, content: .finding(Diagnostic(severity, at: nil, message)))
    }
}
