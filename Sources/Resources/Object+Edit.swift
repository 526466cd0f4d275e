public import YAML

extension Object {
    /// This object after an edit by hand: what a patch made of `value`, read and checked like a manifest.
    ///
    /// Labels, annotations and spec are taken over, canonical and with defaults; kind, namespace and name may not
    /// change, and all that the store and the reconcilers write stays. All that is wrong is thrown as one error, a
    /// sentence a line.
    public func edited(_ value: Value) throws(ResourcesError) -> Object {
        var reader = SchemaReader()
        let read = reader.read(Node.make(from: value), as: .record(Schema.of(kind)), name: kind.name) ?? .map([:])
        let found = reader.issues.map { $0.path.steps.isEmpty ? $0.message : "\($0.path): \($0.message)" }
        guard found.isEmpty else { throw ResourcesError(.invalid, found.joined(separator: "\n")) }

        let wished = read["metadata"]
        guard read["kind"]?.string.flatMap(Kind.init(manifestName:)) ?? kind == kind,
            wished?["name"]?.string ?? metadata.name == metadata.name,
            wished?["namespace"]?.string ?? metadata.namespace == metadata.namespace
        else {
            throw ResourcesError(.invalid, "kind, namespace and name cannot be changed; make a new object instead")
        }
        var metadata = metadata
        metadata.labels = StringMap(wished?["labels"])
        metadata.annotations = StringMap(wished?["annotations"])
        let edited = with(metadata: metadata, spec: Schema.defaulted(kind, read["spec"] ?? .map([:])))
        let errors = Admission.check(edited, old: self)
        guard errors.isEmpty else {
            throw ResourcesError(.invalid, errors.map { "\($0.path): \($0.message)" }.joined(separator: "\n"))
        }
        return edited
    }
}
