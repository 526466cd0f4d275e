public import Resources
public import YAML

/// One thing that a person should know about a file of the followed tree.
public struct Finding: Hashable, Sendable {
    /// The file, on one line: odd characters stand escaped. Empty for what concerns no single file.
    public let path: String
    /// What is wrong or worth knowing, how much it weighs, and where in the file.
    public let diagnostic: Diagnostic
    /// The object that the document names, where it names one.
    public let key: Key?

    /// A finding about a file.
    public init(path: String, _ diagnostic: Diagnostic, key: Key? = nil) {
        self.path = path
        self.diagnostic = diagnostic
        self.key = key
    }
}

extension Finding {
    /// How much it weighs; an error holds its document back.
    public var severity: Diagnostic.Severity { diagnostic.severity }

    /// `path:line:column: message`.
    public var rendered: String { path.isEmpty ? diagnostic.message : diagnostic.rendered(path: path) }
}

extension Finding: Comparable {
    /// By path, then place in the file.
    public static func < (a: Finding, b: Finding) -> Bool {
        if a.path != b.path { return a.path < b.path }
        let start = Position(line: 0, column: 0)
        let (left, right) = (a.diagnostic.position ?? start, b.diagnostic.position ?? start)
        return left == right ? a.diagnostic.message < b.diagnostic.message : left < right
    }
}
