internal import YAML

/// A place in a document, RFC 6901: `/metadata/labels/app.kubernetes.io~1name`.
public struct JSONPointer: Hashable, Sendable {
    /// As it was written.
    public let text: String
    /// The way down, without escapes; none is the whole document.
    let tokens: [String]

    /// Reads a pointer, or throws what is wrong with it, for a sentence that says where it stands.
    public init(_ text: String) throws(ResourcesError) {
        guard text.isEmpty || text.hasPrefix("/") else {
            throw ResourcesError(.invalid, "\"\(text)\" does not begin with \"/\"")
        }
        self.text = text
        var tokens: [String] = []
        for token in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard token.split(separator: "~", omittingEmptySubsequences: false).dropFirst().allSatisfy(Self.isEscape)
            else {
                throw ResourcesError(.invalid, "\"\(text)\" has a \"~\" that is no escape; write \"~0\" for it")
            }
            tokens.append(String(token.replacing("~1", with: "/").replacing("~0", with: "~")))
        }
        self.tokens = tokens
    }

    /// Whether what follows a tilde makes it one of the two escapes.
    private static func isEscape(_ rest: Substring) -> Bool { rest.hasPrefix("0") || rest.hasPrefix("1") }

    /// An index of a list: digits without a leading zero.
    static func index(_ token: String, in count: Int) -> Int? {
        guard token.utf8.allSatisfy({ 48...57 ~= $0 }), let index = Int(token), index < count,
            token == "0" || !token.hasPrefix("0")
        else { return nil }
        return index
    }
}

extension JSONPointer: CustomStringConvertible {
    /// As it was written.
    public var description: String { text }
}

extension Object {
    /// This version of an object with labels, annotations and spec as another version has them at those places.
    ///
    /// What the other has not is taken away. Where this or the other has nothing that could hold the place, as where the
    /// mode of a Service is another, it says nothing. The places are those of the canonical form, in any letter case; what
    /// may be written flat is found where it belongs, and an item of a list that merges by a name is the other's item of
    /// that name.
    public func keeping(_ places: [JSONPointer], of other: Object) -> Object {
        guard !places.isEmpty else { return self }
        var value = written
        let (old, type) = (other.written, Schema.FieldType.record(Schema.of(kind)))
        for place in places { value = Self.taking(place.tokens[...], of: old, into: value, type) }
        var metadata = metadata
        metadata.labels = StringMap(value["metadata"]?["labels"])
        metadata.annotations = StringMap(value["metadata"]?["annotations"])
        return with(metadata: metadata, spec: value["spec"] ?? .map([:]))
    }

    /// What its author writes. Maps without entries are there as well: they can hold a place.
    private var written: Value {
        [
            "metadata": ["labels": metadata.labels.value, "annotations": metadata.annotations.value],
            "spec": spec,
        ]
    }

    private static func taking(
        _ tokens: ArraySlice<String>,
        of old: Value,
        into new: Value,
        _ type: Schema.FieldType?
    ) -> Value {
        guard let token = tokens.first else { return old }
        switch (old, new) {
        case (.map(let old), .map(var new)):
            let (key, rest) = step(token, tokens.dropFirst(), old, new, type)
            if rest.isEmpty {
                new[key] = old[key]
            } else if let before = old[key], let after = new[key] {
                new[key] = taking(rest, of: before, into: after, type?.inner(key))
            }
            if case .record(let schema)? = type { return .map(schema.ordered(new)) }
            return .map(new.sortedByKey())
        case (.list(let old), .list(var new)):
            guard let index = JSONPointer.index(token, in: new.count),
                let before = counterpart(of: new[index], at: index, in: old, type)
            else { return .list(new) }
            new[index] = taking(tokens.dropFirst(), of: before, into: new[index], type?.inner(nil))
            return .list(new)
        default: return new
        }
    }

    /// The key that a token means, and the way from there.
    private static func step(
        _ token: String,
        _ rest: ArraySlice<String>,
        _ old: Map,
        _ new: Map,
        _ type: Schema.FieldType?
    ) -> (key: String, rest: ArraySlice<String>) {
        guard old[token] == nil, new[token] == nil, case .record(let schema)? = type, let field = schema.field(token)
        else { return (token, rest) }
        guard let first = field.movesTo.first else { return (field.name, rest) }
        return (first, field.movesTo.dropFirst() + [field.name] + rest)
    }

    private static func counterpart(of item: Value, at index: Int, in old: [Value], _ type: Schema.FieldType?) -> Value?
    {
        guard case .list(_, .byKey(let key))? = type, let name = item[key]?.mergeName else {
            return index < old.count ? old[index] : nil
        }
        return old.first { $0[key]?.mergeName == name }
    }
}
