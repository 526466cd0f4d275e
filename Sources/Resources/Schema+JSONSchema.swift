public import YAML

extension Schema {
    /// The table as JSON Schema (draft 2020-12), for editors: what may stand where, and what it is for.
    ///
    /// - Parameter title: what it describes.
    func jsonSchema(title: String) -> Value {
        var schema = jsonObject
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = .string(title)
        return .map(schema)
    }

    private var jsonObject: Map {
        var properties = Map()
        for field in fields {
            guard var type = field.type.jsonType else { continue }
            type["description"] = .string(field.documentation)
            if let value = field.default?.value { type["default"] = value }
            properties[field.name] = .map(type)
        }
        return ["type": "object", "properties": .map(properties), "additionalProperties": false]
    }
}

extension Schema.FieldType {
    /// Nil for what may stand there and is left out.
    fileprivate var jsonType: Map? {
        switch self {
        case .string: ["type": "string"]
        case .word(let words): ["enum": .list(words.map(Value.string))]
        case .integer: ["type": "integer"]
        case .rolloutStep: ["type": "integer", "minimum": 1, "maximum": 99]
        case .boolean: ["type": "boolean"]
        case .integerOrString: ["type": ["integer", "string"]]
        case .stringMap: ["type": "object", "additionalProperties": ["type": "string"]]
        case .any: [:]
        case .ignored: nil
        case .record(let schema): schema.jsonObject
        case .list(let item, _): ["type": "array", "items": .map(item.jsonType ?? [:])]
        }
    }
}

extension ConfigKind {
    /// JSON Schema of all that may stand in a configuration file, for editors.
    public static var jsonSchema: Value {
        let kinds = allCases.map { kind in
            var schema = kind.table.jsonSchema(title: kind.rawValue).map ?? [:]
            schema["$schema"] = nil
            var properties = schema["properties"]?.map ?? [:]
            properties["apiVersion"] = ["const": .string(ConfigDocument.apiVersion)]
            properties["kind"] = ["const": .string(kind.rawValue)]
            properties["status"] = nil
            schema["properties"] = .map(properties)
            schema["required"] = ["apiVersion", "kind", "metadata", "spec"]
            return Value.map(schema)
        }
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A configuration file of Elafros",
            "oneOf": .list(kinds),
        ]
    }
}
