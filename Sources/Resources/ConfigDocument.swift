public import YAML

/// The kinds of objects in a configuration file (`gitops.elafros.dev/v1alpha1`).
public enum ConfigKind: String, Sendable, CaseIterable {
    /// What is followed, when, and how far it may go.
    case sync = "Sync"
    /// Secrets by where they are found, and for which addresses.
    case credentials = "Credentials"
}

/// One document of a configuration file, read strictly by the table of its kind: unknown fields and wrong types are errors.
///
/// What the values mean is the business of whoever asks for them; for each of their findings ``position(of:)`` knows the place.
public struct ConfigDocument: Sendable {
    /// Which kind it is.
    public let kind: ConfigKind
    /// `metadata.name`.
    public let name: String
    /// Its spec, in the spelling of the table.
    public let spec: Value
    /// What it was read from; nil where it was kept, and no place in any file is known any more.
    private let node: Node?

    /// The group and version that all of them have.
    public static let apiVersion = Kind.sync.apiVersion

    private init(_ kind: ConfigKind, _ name: String, _ spec: Value, _ node: Node) {
        (self.kind, self.name, self.spec, self.node) = (kind, name, spec, node)
    }

    /// Reads a document.
    ///
    /// - Returns: the document, also where there are errors in it, as long as kind and name are known, and nil for an empty
    ///   one; and all findings.
    public static func read(_ node: Node) -> (document: ConfigDocument?, findings: [Diagnostic]) {
        func refusal(_ message: String, at position: Position?) -> (ConfigDocument?, [Diagnostic]) {
            (nil, [Diagnostic(.error, at: position ?? node.position, message)])
        }
        let kinds = ConfigKind.allCases.map(\.rawValue).joined(separator: " or ")
        let beginning = "begin with \"apiVersion: \(apiVersion)\" and \"kind: Sync\""
        if node.isNull { return (nil, []) }
        guard node.kind == .mapping else { return refusal("no object; \(beginning)", at: nil) }
        guard let version = node.child("apiVersion"), version.kind == .scalar, !version.isNull else {
            return refusal("apiVersion is missing; \(beginning)", at: nil)
        }
        guard version.text == apiVersion else {
            return refusal(
                "\"\(version.text)\" does not belong in a configuration file; it holds \(kinds) of \(apiVersion)",
                at: version.position
            )
        }
        guard let word = node.child("kind"), word.kind == .scalar, !word.isNull else {
            return refusal("kind is missing; write \(kinds)", at: version.position)
        }
        guard let kind = ConfigKind.allCases.first(where: { $0.rawValue.lowercased() == word.text.lowercased() }) else {
            let advice = didYouMean(word.text, among: ConfigKind.allCases.map(\.rawValue)).map {
                "did you mean \"\($0)\"?"
            }
            return refusal("there is no kind \"\(word.text)\"; \(advice ?? "write \(kinds)")", at: word.position)
        }
        var reader = SchemaReader()
        let object = reader.read(node, as: .record(kind.table), name: kind.rawValue) ?? .map([:])
        var findings = reader.issues.map { Diagnostic(.error, at: $0.position, $0.message) }
        let name = object["metadata"]?["name"]?.string ?? ""
        let document = ConfigDocument(kind, name, object["spec"] ?? .map([:]), node)
        if name.isEmpty {
            let place = document.position(of: ["metadata", "name"])
            findings.append(Diagnostic(.error, at: place, "metadata.name is missing; name the \(kind.rawValue)"))
        }
        if object["metadata"]?["namespace"] != nil {
            let place = document.position(of: ["metadata", "namespace"])
            findings.append(Diagnostic(.error, at: place, "a \(kind.rawValue) lives in no namespace; remove this line"))
        }
        return (name.isEmpty ? nil : document, findings)
    }

    /// A document that was read before.
    public init(kept kind: ConfigKind, name: String, spec: Value) {
        (self.kind, self.name, self.spec) = (kind, name, spec)
        node = nil
    }

    /// Where a field stands, counted from the document; where it is missing, the deepest place on the way that is there.
    public func position(of path: FieldPath) -> Position? { node.flatMap { kind.table.position(of: path, in: $0) } }

    /// Where the document begins.
    public var position: Position? { node?.position }
}

extension ConfigKind {
    /// The table of a whole object.
    var table: Schema { self == .sync ? Self.syncTable : Self.credentialsTable }

    private static let syncTable = Schema.wholeObject(sync.rawValue, .record(.syncSpec))
    private static let credentialsTable = Schema.wholeObject(credentials.rawValue, .record(.credentialsSpec))
}
