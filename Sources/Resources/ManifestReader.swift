public import YAML

/// What one document of a manifest file turned out to be.
public enum Manifest: Sendable {
    /// An object of ours, checked.
    case desired(Desired, warnings: [Diagnostic])
    /// Of the group whose objects say what is followed: for ``ConfigDocument`` to read.
    case configuration(Node)
    /// Not ours; the note says what it is.
    case skipped(Diagnostic)
    /// Meant for us and wrong: all errors, by position, and the object that it would be, which is held back.
    case invalid([Diagnostic], claimed: Key?)
}

/// Reads documents as the objects that they want (specification §1.2, §8; decisions on files).
///
/// All errors of a document are found, each with its place. Nothing is looked up: what a document says is all that
/// counts, so that files may be read in any order and on any thread.
public struct ManifestReader: Sendable {
    /// The namespace of objects that name none.
    public let defaultNamespace: String

    /// A reader that fills in a namespace where a manifest names none.
    public init(defaultNamespace: String = "default") { self.defaultNamespace = defaultNamespace }
}

extension ManifestReader {
    /// Reads one document, which may be a `List` of v1 with an object for each item.
    public func manifests(in node: Node) -> [Manifest] {
        guard let items = Header(node).items else { return [read(node)] }
        return items.flatMap { manifests(in: $0) }
    }

    /// Reads one document as one object.
    public func read(_ node: Node) -> Manifest {
        let header = Header(node)
        switch header.meaning {
        case .configuration: return .configuration(node)
        case .foreign(let note): return .skipped(Diagnostic(.note, at: node.position, note))
        case .wrong(let message, let position):
            let error = Diagnostic(.error, at: position ?? node.position, message)
            return .invalid([error], claimed: claimedKey(of: node))
        case .ours(let kind, let schema): return read(node, as: kind, schema)
        }
    }

    /// The object that a document speaks of, as far as kind and name can be read; also where it is wrong elsewhere, or
    /// where the parser found errors in it.
    public func claimedKey(of node: Node) -> Key? {
        let header = Header(node)
        guard let kind = header.claimedKind, let metadata = node.child("metadata"),
            let name = metadata.child("name"), name.kind == .scalar, !name.isNull
        else { return nil }
        let namespace = metadata.child("namespace").flatMap { $0.kind == .scalar && !$0.isNull ? $0.text : nil }
        return Key(kind, namespace.flatMap { $0.isEmpty ? nil : $0 } ?? defaultNamespace, name.text)
    }
}

// MARK: Objects of ours

extension ManifestReader {
    private func read(_ node: Node, as kind: Kind, _ schema: Schema) -> Manifest {
        var reader = SchemaReader()
        let object = reader.read(node, as: .record(schema), name: kind.name) ?? .map([:])
        let metadata = object["metadata"]
        var issues = reader.issues
        issues += nameIssues(kind, metadata, schema, node)

        let desired = Desired(
            key: Key(
                kind,
                metadata?["namespace"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? defaultNamespace,
                metadata?["name"]?.string ?? ""
            ),
            labels: StringMap(metadata?["labels"]),
            annotations: StringMap(metadata?["annotations"]),
            owners: (metadata?["ownerReferences"]?.list ?? []).compactMap(OwnerReference.init),
            spec: object["spec"] ?? .map([:]),
            position: node.position
        )
        issues += admissionIssues(desired, besides: issues, schema, node)
        guard issues.isEmpty else {
            var errors = issues.map { Diagnostic(.error, at: $0.position, $0.message) }.sortedByPosition
            if errors.count >= SchemaReader.maxIssues {
                errors.append(Diagnostic(.note, at: node.position, "further errors are left out; mend these first"))
            }
            return .invalid(errors, claimed: claimedKey(of: node))
        }
        return .desired(desired, warnings: warnings(desired, schema, node))
    }

    /// A name must be there, and the author's own: a made-up one would be another at each sync.
    private func nameIssues(_ kind: Kind, _ metadata: Value?, _ schema: Schema, _ node: Node) -> [Issue] {
        guard metadata?["name"].isZero ?? true else { return [] }
        let place = ["metadata", "name"] as FieldPath
        if metadata?["generateName"].isZero ?? true {
            let position = schema.position(of: place, in: node)
            return [Issue(path: place, position: position, message: "metadata.name is missing; name the \(kind.name)")]
        }
        let position = schema.position(of: ["metadata", "generateName"], in: node)
        let message = "metadata.generateName without metadata.name; write a name, a manifest stands for one object"
        return [Issue(path: place, position: position, message: message)]
    }

    /// What the rules of admission say, but for what may follow from `issues` alone: a container that is missing where a
    /// field of it is misspelt, percents that do not sum where one is no number.
    private func admissionIssues(_ desired: Desired, besides issues: [Issue], _ schema: Schema, _ node: Node) -> [Issue]
    {
        let draft = Object(
            kind: desired.key.kind,
            metadata: Metadata(
                name: desired.key.name,
                namespace: desired.key.namespace,
                annotations: desired.annotations
            ),
            spec: desired.spec
        )
        let errors = Admission.check(draft, old: nil).lazy.filter { error in
            !issues.contains { $0.path.isOnTheWay(to: error.path) }
        }
        return errors.prefix(SchemaReader.maxIssues - issues.count).map {
            Issue(path: $0.path, position: schema.position(of: $0.path, in: node), message: $0.message)
        }
    }

    /// What is allowed and probably not meant.
    private func warnings(_ desired: Desired, _ schema: Schema, _ node: Node) -> [Diagnostic] {
        // A build's image argument and the container's image are one promise (specification §6.6).
        let path: [String]
        switch desired.key.kind {
        case .configuration: path = ["spec"]
        case .service:
            guard let mode = ServiceSpec.modes(of: desired.spec).first else { return [] }
            path = ["spec", mode, "configuration"]
        default: return []
        }
        guard let spec = desired.spec.at(Array(path.dropFirst())), let build = spec["build"],
            let image = spec.at(["revisionTemplate", "spec", "container", "image"])?.string,
            let arguments = build["template"]?["arguments"]?.list,
            let made = arguments.first(where: { $0["name"]?.string == "_IMAGE" || $0["name"]?.string == "IMAGE" }),
            let built = made["value"]?.string, built != image
        else { return [] }
        let place = FieldPath((path + ["revisionTemplate", "spec", "container", "image"]).map(FieldPath.Step.key))
        let message = "the build makes \"\(built)\", but \"\(image)\" is to run; write the same image in both places"
        return [Diagnostic(.warning, at: schema.position(of: place, in: node), message)]
    }
}

extension [Diagnostic] {
    fileprivate var sortedByPosition: [Diagnostic] {
        let start = Position(line: 0, column: 0)
        // By index as well, because sorting does not keep the order of what stands at one place.
        return enumerated()
            .sorted { ($0.element.position ?? start, $0.offset) < ($1.element.position ?? start, $1.offset) }
            .map(\.element)
    }
}
