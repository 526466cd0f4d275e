public import YAML

extension Schema {
    /// What a node says, in canonical form, and what is wrong with it: the first half of reading a manifest, without
    /// the rules of admission.
    ///
    /// Canonical is the table's spelling in the table's order, text where the table wants text, no `null`; what no
    /// table describes has its keys in order. Canonical values that mean the same fields compare equal.
    public func canonical(_ node: Node) -> (value: Value, errors: [Diagnostic]) {
        var reader = SchemaReader()
        let value = reader.read(node, as: .record(self), name: name) ?? .map([:])
        return (value, reader.issues.map { Diagnostic(.error, at: $0.position, $0.message) })
    }
}
