import Resources
import YAML

/// What tests read manifests with.
enum Reading {
    /// The first document of a text.
    static func node(_ yaml: String) -> Node {
        YAMLParser().parse(yaml).documents.first?.root ?? .make(from: .null)
    }

    /// All documents of a text, as the objects that they want.
    static func manifests(_ yaml: String, defaultNamespace: String = "default") -> [Manifest] {
        let reader = ManifestReader(defaultNamespace: defaultNamespace)
        return YAMLParser().parse(yaml).documents.flatMap { reader.manifests(in: $0.root) }
    }

    /// The objects of a text, all of which must be in order.
    static func desired(_ yaml: String) throws -> [Desired] {
        try manifests(yaml).map { manifest in
            switch manifest {
            case .desired(let desired, _): return desired
            case .configuration: throw Unexpected(what: "an object of the configuration")
            case .skipped(let note): throw Unexpected(what: note.message)
            case .invalid(let errors, _): throw Unexpected(what: errors.map(line).joined(separator: "\n"))
            }
        }
    }

    /// The only object of a text.
    static func one(_ yaml: String) throws -> Desired {
        let all = try desired(yaml)
        guard all.count == 1, let first = all.first else { throw Unexpected(what: "\(all.count) objects") }
        return first
    }

    /// What is wrong with a text: `line:column: message`.
    static func errors(_ yaml: String) -> [String] {
        manifests(yaml).flatMap { manifest in
            if case .invalid(let errors, _) = manifest { errors.map(line) } else { [] as [String] }
        }
    }

    /// A canonical value from YAML.
    static func value(_ yaml: String) -> Value { node(yaml).value }

    private static func line(_ diagnostic: Diagnostic) -> String {
        (diagnostic.position.map { "\($0): " } ?? "") + diagnostic.message
    }

    struct Unexpected: Error, CustomStringConvertible {
        let what: String
        var description: String { what }
    }
}

/// Builders that name only what matters.
extension Object {
    static func make(_ kind: Kind, _ spec: Value, name: String = "shop", status: Status = .none) -> Object {
        Object(kind: kind, metadata: Metadata(name: name, namespace: "default"), spec: spec, status: status)
    }
}
