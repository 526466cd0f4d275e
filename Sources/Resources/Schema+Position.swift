internal import YAML

extension Schema {
    /// Where in a file the field at `path` stands: a scalar's own place, and the key of a map or list.
    ///
    /// The way is walked as the file spells it, through other letter cases, aliases and the flattened form. Where the
    /// field is not there, the deepest place that is: that is where it has to be added.
    func position(of path: FieldPath, in node: Node) -> Position? {
        var place = node.position
        var node = node
        var type = FieldType.record(self)
        var steps = path.steps[...]
        while let step = steps.popFirst() {
            switch (step, type) {
            case (.key(let key), .record(let schema)):
                guard let (keyNode, value) = schema.entry(key, in: node) else {
                    let prefix = ["revisionTemplate", "spec"].map(FieldPath.Step.key)
                    guard schema === Schema.serviceConfiguration, key == "revisionTemplate", steps.first == prefix.last
                    else { return place }
                    // Perhaps it stands in the flattened form, one map further up.
                    steps.removeFirst()
                    continue
                }
                (node, type) = (value, schema.type(of: key) ?? .any)
                place = value.kind == .scalar && !value.isNull ? value.position : keyNode.position
            case (.key(let key), _):
                guard let entry = node.entries.first(where: { $0.key == key }) else { return place }
                (node, type) = (entry.value, .any)
                place = node.kind == .scalar ? node.position : entry.keyNode.position
            case (.item(let index), .list(let item, _)):
                guard let child = node.items.dropFirst(index).first(where: { _ in true }) else { return place }
                (node, type) = (child, item)
                place = node.position
            case (.named(let name), .list(let item, .byKey(let key))):
                guard let child = node.items.first(where: { $0.child(key)?.text == name }) else { return place }
                (node, type) = (child, item)
                place = node.position
            default: return place
            }
        }
        return place
    }

    private func entry(_ key: String, in node: Node) -> (key: Node, value: Node)? {
        guard let wanted = index(of: key) else { return nil }
        let entry = node.entries.first { index(of: $0.key) == wanted }
        return entry.map { ($0.keyNode, $0.value) }
    }
}
