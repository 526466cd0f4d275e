public import YAML

/// What a builder runs for a Build: its own steps, or those of its template with the parameters filled in (specification
/// §6.5).
///
/// Worked out once, when the Build begins to wait for its builder, and kept in its status: a template that is edited or
/// deleted afterwards changes nothing for it.
public struct BuildPlan: Hashable, Sendable {
    /// The containers, in the order in which they run.
    public let steps: [Value]
    /// What the steps may mount, beside the workspace and the home that every Build has.
    public let volumes: [Value]

    /// The plan of a valid Build.
    ///
    /// - Parameter template: the spec of the BuildTemplate that it names; nil where it brings its own steps.
    public init(_ spec: Value, template: Value?) {
        let own = spec["volumes"]?.list ?? []
        guard let template, let instance = spec["template"] else {
            steps = spec["steps"]?.list ?? []
            volumes = own
            return
        }
        let parameters = Parameters(instance, template)
        let overrides = (instance["env"]?.list ?? []).map { parameters.filled($0, fields: ["value"]) }
        steps = (template["steps"]?.list ?? []).map { parameters.step($0, overrides: overrides) }
        volumes = own + (template["volumes"]?.list ?? []).map(parameters.everywhere)
    }
}

extension BuildPlan {
    /// As a status keeps it.
    public var value: Value {
        var map: Map = ["steps": .list(steps)]
        map["volumes"] = volumes.isEmpty ? nil : .list(volumes)
        return .map(map)
    }

    /// Reads what `value` wrote.
    public init(_ value: Value) {
        steps = value["steps"]?.list ?? []
        volumes = value["volumes"]?.list ?? []
    }
}

/// What `${NAME}` stands for: defaults overlaid by arguments, also by those that no parameter declares.
private struct Parameters {
    private var values: [String: String] = [:]

    init(_ instance: Value, _ template: Value) {
        for parameter in template["parameters"]?.list ?? [] {
            guard let name = parameter["name"]?.string, let text = parameter["default"]?.string else { continue }
            values[name] = text
        }
        for argument in instance["arguments"]?.list ?? [] {
            guard let name = argument["name"]?.string else { continue }
            values[name] = argument["value"]?.string ?? ""
        }
    }

    func step(_ step: Value, overrides: [Value]) -> Value {
        var step = filled(step, fields: ["name", "image", "workingDir"])
        for list in ["args", "command"] {
            step.change(list) { $0 = .list(($0.list ?? []).map(everywhere)) }
        }
        step.change("env") { $0 = .list(($0.list ?? []).map { filled($0, fields: ["value"]) }) }
        step.change("volumeMounts") {
            $0 = .list(($0.list ?? []).map { filled($0, fields: ["name", "mountPath", "subPath"]) })
        }
        guard !overrides.isEmpty else { return step }
        let names = overrides.compactMap { $0["name"]?.string }
        let kept = (step["env"]?.list ?? []).filter { !names.contains($0["name"]?.string ?? "") }
        step.set(["env"], to: .list(kept + overrides))
        return step
    }

    /// The map with those of its texts filled in.
    func filled(_ value: Value, fields: [String]) -> Value {
        var value = value
        for field in fields { value.change(field) { $0 = everywhere($0) } }
        return value
    }

    /// The value with every text in it filled in.
    func everywhere(_ value: Value) -> Value {
        switch value {
        case .string(let text): .string(filled(text))
        case .list(let list): .list(list.map(everywhere))
        case .map(let map):
            .map(Map(uniqueEntries: map.entries.map { Map.Entry(key: $0.key, value: everywhere($0.value)) }))
        default: value
        }
    }

    /// One pass from left to right: what an argument brought in is not looked at again, and what nobody declared stays.
    private func filled(_ text: String) -> String {
        guard text.contains("${") else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            let after = rest[start.upperBound...]
            guard let end = after.firstIndex(of: "}"), let value = values[String(after[..<end])] else {
                result += "${"
                rest = after
                continue
            }
            result += value
            rest = after[after.index(after: end)...]
        }
        return result + rest
    }
}
