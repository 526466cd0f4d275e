public import YAML

/// The field table of one kind of map: of a whole object, or of a part such as a container.
///
/// Everything that depends on which fields there are follows from it: reading manifests, unknown fields, the order in
/// which fields are written, defaults, differences, patches and three-way applies. A field that is added to its table is
/// known everywhere. Tables are built once and shared; parts that several kinds have are one table.
public final class Schema: Sendable {
    /// What messages call the map: `container`.
    public let name: String
    /// The fields, in the order in which they are written.
    public let fields: [Field]
    /// Sets of fields of which a map has at most one, so that applying a file which names one drops the others.
    let alternatives: [[String]]
    /// The fields with a default, or with a table that has one somewhere; most tables have none and are not walked.
    let defaultingFields: [Field]

    /// What reading looks at, side by side: a `Field` itself is too large to copy for each key of a manifest.
    let names: [String]
    let types: [FieldType]
    /// The fields that really stand elsewhere, as bits.
    let movedFields: UInt64
    private let lowercased: [String: Int]

    init(_ name: String, alternatives: [[String]] = [], _ fields: [Field]) {
        precondition(fields.count <= 64, "the reader keeps the fields that it has seen in the bits of one word")
        self.name = name
        self.fields = fields
        self.alternatives = alternatives
        names = fields.map(\.name)
        types = fields.map(\.type)
        // In the flattened form of a configuration a default is not written in: it belongs to the nested one.
        defaultingFields = fields.filter { $0.movesTo.isEmpty && ($0.default != nil || $0.type.hasDefaults) }
        movedFields = fields.indices.reduce(0) { fields[$1].movesTo.isEmpty ? $0 : $0 | 1 << UInt64($1) }
        var lookup: [String: Int] = [:]
        for (index, field) in fields.enumerated() {
            for name in [field.name] + field.aliases { lookup[name.lowercased()] = index }
        }
        lowercased = lookup
    }

    /// One field of a table.
    public struct Field: Sendable {
        /// As it is written.
        public let name: String
        /// What may stand in it.
        public let type: FieldType
        /// What it is for, in a sentence.
        public let documentation: String
        /// Other names that are read as this one; letter case is ignored for all of them anyhow.
        public let aliases: [String]
        /// What applies where nothing is written.
        public let `default`: Default?
        /// Where the field really stands, below the map that it was written in: the flattened form of a Service's
        /// configuration (specification §2.1).
        let movesTo: [String]

        init(
            _ name: String,
            _ type: FieldType,
            _ documentation: String,
            aliases: [String] = [],
            default: Default? = nil,
            movesTo: [String] = []
        ) {
            self.name = name
            self.type = type
            self.documentation = documentation
            self.aliases = aliases
            self.default = `default`
            self.movesTo = movesTo
        }
    }

    /// What applies where a field is absent or empty.
    public struct Default: Sendable {
        /// The value that is written in.
        public let value: Value
        /// A field whose presence says the same in another way, so that nothing is written in.
        public let unless: String?
    }

    /// What may stand in a field.
    public indirect enum FieldType: Sendable {
        /// Text; numbers and truth values are taken by their source text, so that `1.10` stays `1.10`.
        case string
        /// One of these words; letter case is ignored and mended. Other words stay, for validation to refuse.
        case word([String])
        /// A whole number.
        case integer
        /// A step of a rollout: a percent from 1 to 99, and more than the step before.
        case rolloutStep
        /// `true` or `false`.
        case boolean
        /// A port by number or name.
        case integerOrString
        /// Text by free keys: labels, quantities.
        case stringMap
        /// Anything.
        case any
        /// Accepted and left out: what the server sets.
        case ignored
        /// A map with a table of its own.
        case record(Schema)
        /// A list.
        case list(FieldType, ListMerge)
    }

    /// How patches and applies put two versions of a list together (specification §9.1).
    public enum ListMerge: Sendable, Hashable {
        /// The new list replaces the old.
        case atomic
        /// Items with the same value under that key are one item.
        case byKey(String)
        /// Items are scalars, and the list is their set.
        case union
    }
}

extension Schema.FieldType {
    /// A list that is replaced as a whole.
    static func list(_ item: Schema.FieldType) -> Schema.FieldType { .list(item, .atomic) }

    fileprivate var hasDefaults: Bool {
        if case .record(let schema) = self { !schema.defaultingFields.isEmpty } else { false }
    }
}

extension Schema {
    /// The place in the table of the field that a key means, in any letter case and by any alias.
    func index(of key: String) -> Int? {
        // Nearly every key is spelled as the table spells it. Tables are short, and lengths differ: comparing one after
        // another costs less than hashing.
        let length = key.utf8.count
        var index = 0
        while index < names.count {
            if names[index].utf8.count == length, names[index] == key { return index }
            index += 1
        }
        return lowercased[key.lowercased()]
    }

    /// The field that a key means.
    public func field(_ key: String) -> Field? { index(of: key).map { fields[$0] } }

    /// What may stand under a key as the table spells it.
    func type(of key: String) -> FieldType? { index(of: key).map { types[$0] } }

    /// The same entries in the order of the table; unknown ones last.
    func ordered(_ map: Map) -> Map {
        let places = map.entries.map { index(of: $0.key) ?? Int.max }
        if zip(places, places.dropFirst()).allSatisfy({ $0 <= $1 }) { return map }
        let order = places.indices.sorted { (places[$0], $0) < (places[$1], $1) }
        return Map(uniqueEntries: order.map { map.entries[$0] })
    }
}

extension Schema {
    /// The table of a whole object of that kind: apiVersion, kind, metadata, spec, status.
    public static func of(_ kind: Kind) -> Schema { objects[Int(kind.rawValue)] }

    /// What may stand in a kind's `spec`.
    static func spec(of kind: Kind) -> FieldType {
        switch kind {
        case .service: .record(service)
        case .configuration: .record(configuration)
        case .revision: .record(revision)
        case .route: .record(route)
        case .build: .record(build)
        case .buildTemplate: .record(buildTemplate)
        // The engine writes these alone; nobody merges or patches them.
        case .workload, .split, .sync, .manifestFile, .appliedCommit, .wave: .any
        }
    }

    private static let objects: [Schema] = Kind.allCases.map { wholeObject($0.name, spec(of: $0)) }

    /// The table of a whole object whose spec is of that type.
    static func wholeObject(_ name: String, _ spec: FieldType) -> Schema {
        Schema(
            name,
            [
                Field("apiVersion", .string, "The group and version that the kind is of."),
                Field("kind", .string, "Which kind of object this is."),
                Field("metadata", .record(metadata), "Name, labels and annotations."),
                Field("spec", spec, "What is wanted."),
                Field("status", .ignored, "What is; written by Elafros alone."),
            ]
        )
    }
}
