internal import GitOps
internal import Resources
internal import YAML

/// How a finding about a manifest is printed, by every command alike.
struct FindingLines: Sendable {
    let paint: Paint

    /// `path:line:column: message`, as compilers print it and editors read it. One line, whatever a repository's files
    /// are called and hold.
    func line(_ finding: Finding) -> String {
        let diagnostic = finding.diagnostic
        let path = Self.oneLine(finding.path)
        let message = Self.oneLine(diagnostic.message)
        guard !path.isEmpty else { return word(diagnostic.severity) + message }
        let place = diagnostic.position.map { "\(path):\($0)" } ?? path
        return "\(paint(place, .place)): \(word(diagnostic.severity))\(message)"
    }

    /// An error is what one expects to read; the others say that they are less.
    private func word(_ severity: Diagnostic.Severity) -> String {
        switch severity {
        case .error: ""
        case .warning: paint("warning", .waiting) + ": "
        case .note: paint("note", .faint) + ": "
        }
    }

    /// As data.
    static func value(_ finding: Finding) -> Value {
        let diagnostic = finding.diagnostic
        var map = Map()
        map["path"] = finding.path.isEmpty ? nil : .string(finding.path)
        map["line"] = diagnostic.position.map { .int($0.line) }
        map["column"] = diagnostic.position.map { .int($0.column) }
        map["severity"] = .string(diagnostic.severity.rawValue)
        map["message"] = .string(diagnostic.message)
        map["object"] = finding.key.map { .string($0.description) }
        return .map(map)
    }

    /// Text of a repository or an object with its control characters spelled out: a terminal obeys what it is sent, and a
    /// file's name may hold an escape sequence.
    static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.reduce(into: "") { line, scalar in
            if isControl(scalar) {
                line += scalar.escaped(asASCII: true)
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
    }

    /// Line ends of any kind count too: what is one line stays one.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
