internal import YAML

/// What a document's apiVersion and kind make of it.
struct Header {
    /// Whose document it is.
    enum Meaning {
        case ours(Kind, Schema)
        case foreign(note: String)
        /// Of the group whose objects say what is followed.
        case configuration
        /// Meant for us, and no kind or version of ours.
        case wrong(String, Position?)
    }

    private let node: Node
    private let apiVersion: Node?
    private let kind: Node?

    init(_ node: Node) {
        self.node = node
        apiVersion = node.child("apiVersion").flatMap { $0.kind == .scalar && !$0.isNull ? $0 : nil }
        kind = node.child("kind").flatMap { $0.kind == .scalar && !$0.isNull ? $0 : nil }
    }

    /// The items of a Kubernetes `List`; nil for other documents.
    var items: Node.Items? {
        guard apiVersion?.text == "v1", kind?.text == "List", let items = node.child("items"), items.kind == .sequence
        else { return nil }
        return items.items
    }

    /// Our kind of that name, if the group is one of ours in any version.
    var claimedKind: Kind? {
        guard let apiVersion, let kind, Self.groups.contains(APIVersion.split(apiVersion.text).group) else {
            return nil
        }
        guard let found = Kind(manifestName: kind.text), found.isAPI else { return nil }
        return found
    }

    /// All groups with documents for us.
    private static let groups = Set(APIVersion.serving + APIVersion.building)
}

extension Header {
    var meaning: Meaning {
        guard node.kind == .mapping else { return .foreign(note: "no object: it is no map with apiVersion and kind") }
        guard let apiVersion else { return .foreign(note: "no object: it has no apiVersion") }
        let (group, version) = APIVersion.split(apiVersion.text)
        if group == APIVersion.split(ConfigDocument.apiVersion).group { return .configuration }
        guard Self.groups.contains(group) else { return .foreign(note: foreignNote(group, apiVersion.text)) }
        guard let kind else {
            return .wrong("kind is missing; write one of \(Self.names(in: group))", apiVersion.position)
        }
        guard let found = Kind(manifestName: kind.text), found.isAPI else {
            return .wrong(unknownKind(kind.text, group), kind.position)
        }
        guard APIVersion.groups(of: found).contains(group) else {
            let message = "\(group) has no kind \"\(found.name)\"; write \"apiVersion: \(found.apiVersion)\""
            return .wrong(message, apiVersion.position)
        }
        if found == .service, group == KnativeShape.group, KnativeShape.versions.contains(version) {
            return .ours(found, .knativeService)
        }
        guard version == APIVersion.version else {
            return .wrong(otherVersion(found, group, version, apiVersion.text), apiVersion.position)
        }
        return .ours(found, found == .service ? .modalService : .of(found))
    }

    private func foreignNote(_ group: String, _ apiVersion: String) -> String {
        guard let kind else { return "no object: it has no kind" }
        let what = "\(kind.text) of \(group.isEmpty ? "Kubernetes' core group \(apiVersion)" : group) is not ours"
        // A misspelt group must not make a manifest silently disappear.
        guard let meant = didYouMean(group, among: APIVersion.serving + APIVersion.building) else { return what }
        return "\(what); did you mean \"\(meant)\"?"
    }

    private func unknownKind(_ name: String, _ group: String) -> String {
        let known = Self.kinds(in: group).map(\.name)
        let advice = didYouMean(name, among: known).map { "did you mean \"\($0)\"?" }
        return "unhandled kind: \"\(name)\"; \(advice ?? "\(group) has \(Self.names(in: group))")"
    }

    private func otherVersion(_ kind: Kind, _ group: String, _ version: String, _ apiVersion: String) -> String {
        if group == KnativeShape.group, KnativeShape.versions.contains(version) {
            let own = kind == .revision ? "" : ", or the \(kind.name) of \"apiVersion: \(kind.apiVersion)\""
            return "of \(apiVersion) only Service is read; write a Service with template and traffic" + own
        }
        return "\(group) has no version \"\(version)\"; write \"apiVersion: \(group)/\(APIVersion.version)\""
    }

    private static func kinds(in group: String) -> [Kind] {
        Kind.allCases.filter { $0.isAPI && APIVersion.groups(of: $0).contains(group) }
    }

    private static func names(in group: String) -> String { kinds(in: group).map(\.name).joined(separator: ", ") }
}

extension Node {
    /// What stands under a key in any letter case.
    func child(_ key: String) -> Node? {
        if let node = self[key] { return node }
        guard kind == .mapping else { return nil }
        let wanted = key.lowercased()
        return entries.first { $0.key.lowercased() == wanted }?.value
    }
}
