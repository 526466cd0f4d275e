internal import GitOps
internal import Resources
internal import YAML

/// How a finding about a manifest is printed, by every command alike.
struct FindingLines: Sendable {
    let paint: Paint

    /// `path:line:column: message`, as compilers print it and editors read it. Line ends in a path are escaped, so that a
    /// finding is one line whatever a repository's files are called.
    func line(_ finding: Finding) -> String {
        let diagnostic = finding.diagnostic
        let path = Self.oneLine(finding.path)
        guard !path.isEmpty else { return word(diagnostic.severity) + diagnostic.message }
        let place = diagnostic.position.map { "\(path):\($0)" } ?? path
        return "\(paint(place, .place)): \(word(diagnostic.severity))\(diagnostic.message)"
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

    /// The path with its control characters spelled out.
    static func oneLine(_ path: String) -> String {
        guard path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else { return path }
        return path.unicodeScalars.reduce(into: "") { line, scalar in
            if scalar.value < 0x20 || scalar.value == 0x7F {
                line += scalar.escaped(asASCII: true)
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
    }
}
