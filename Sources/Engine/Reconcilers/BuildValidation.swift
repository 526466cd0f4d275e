internal import Resources
internal import YAML

/// The rules that a Build and a BuildTemplate must keep, with the codes of specification §6.4 and §7.
///
/// Not checked at admission: a Build that breaks them is kept, and says so by its condition.
struct BuildValidation {
    /// One broken rule.
    struct Fault {
        let code: String
        let message: String
    }

    /// The first rule that a template's own spec breaks.
    static func fault(inTemplate spec: Value) -> Fault? {
        let steps = spec["steps"]?.list ?? []
        return duplicate(in: names(steps)).map {
            Fault(code: "DuplicateStepName", message: "duplicate step name \"\($0)\"")
        }
            ?? duplicate(in: names(spec["volumes"]?.list ?? [])).map {
                Fault(code: "DuplicateVolumeName", message: "duplicate volume name \"\($0)\"")
            }
            ?? duplicate(in: names(spec["parameters"]?.list ?? [])).map {
                Fault(code: "DuplicateParamName", message: "duplicate parameter name \"\($0)\"")
            }
            ?? steps.lazy.flatMap(texts).first(where: isNested).map {
                Fault(code: "NestedPlaceholder", message: "nested placeholder in \"\($0)\"")
            }
    }

    /// The first rule that a Build breaks, as far as it can be told without its template.
    static func fault(inBuild spec: Value) -> Fault? {
        let steps = spec["steps"]?.list ?? []
        let template = given(spec["template"])
        if template != nil, !steps.isEmpty {
            return Fault(code: "TemplateAndSteps", message: "build cannot specify both template and steps")
        }
        if let template, (template["name"]?.string ?? "").isEmpty {
            return Fault(code: "MissingTemplateName", message: "template must have a name")
        }
        if let name = duplicate(in: names(template?["arguments"]?.list ?? [])) {
            return Fault(code: "DuplicateArgName", message: "duplicate argument name \"\(name)\"")
        }
        if let name = duplicate(in: names(steps)) {
            return Fault(code: "DuplicateStepName", message: "duplicate step name \"\(name)\"")
        }
        if let name = duplicate(in: implicitVolumes + names(spec["volumes"]?.list ?? [])) {
            return Fault(code: "DuplicateVolumeName", message: "duplicate volume name \"\(name)\"")
        }
        return given(spec["source"]).flatMap(fault(inSource:))
    }

    /// The first rule that a Build and its template break together.
    static func fault(inBuild spec: Value, with template: Object) -> Fault? {
        if case .buildTemplate(let status) = template.status, status.conditions.isTrue("Invalid") {
            return Fault(code: "InvalidTemplate", message: "The referenced template is invalid.")
        }
        // Told from the spec as well: the template's own reconciler may not have looked yet, and the order must not matter.
        if fault(inTemplate: template.spec) != nil {
            return Fault(code: "InvalidTemplate", message: "The referenced template is invalid.")
        }
        let arguments = Set(names(spec["template"]?["arguments"]?.list ?? []))
        let missing = (template.spec["parameters"]?.list ?? [])
            .filter { $0["default"] == nil }
            .compactMap { $0["name"]?.string }
            .filter { !arguments.contains($0) }
        if !missing.isEmpty {
            let message = "build does not specify these required parameters: \(missing.joined(separator: ", "))"
            return Fault(code: "UnsatisfiedParameter", message: message)
        }
        let volumes = names(spec["volumes"]?.list ?? []) + names(template.spec["volumes"]?.list ?? [])
        return duplicate(in: volumes).map {
            Fault(code: "DuplicateVolumeName", message: "duplicate volume name \"\($0)\"")
        }
    }

    /// Every Build has these volumes.
    private static let implicitVolumes = ["workspace", "home"]

    private static func fault(inSource source: Value) -> Fault? {
        if let git = given(source["git"]) {
            if (git["url"]?.string ?? "").isEmpty {
                return Fault(code: "MissingUrl", message: "git source must have a url")
            }
            let isNamed = ["branch", "tag", "ref", "commit", "revision"].contains {
                !(git[$0]?.string ?? "").isEmpty
            }
            return isNamed
                ? nil
                : Fault(code: "MissingCommitish", message: "git source must have one of branch, tag, ref or commit")
        }
        if let gcs = given(source["gcs"]) {
            return (gcs["location"]?.string ?? "").isEmpty
                ? Fault(code: "MissingLocation", message: "gcs source must have a location") : nil
        }
        if let custom = given(source["custom"]) {
            return (custom["name"]?.string ?? "").isEmpty
                ? nil : Fault(code: "OmitName", message: "custom source must omit name")
        }
        return Fault(code: "UnrecognizedSource", message: "source must have one of git, gcs or custom")
    }

    private static func given(_ value: Value?) -> Value? { value.flatMap { $0.isNull ? nil : $0 } }

    private static func names(_ items: [Value]) -> [String] {
        items.compactMap { $0["name"]?.string }.filter { !$0.isEmpty }
    }

    private static func duplicate(in names: [String]) -> String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }
}

// MARK: - Placeholders

extension BuildValidation {
    /// The texts of a step in which placeholders are replaced.
    private static func texts(_ step: Value) -> [String] {
        let single = [step["name"], step["workingDir"]].compactMap(\.?.string)
        let lists = ["args", "command"].flatMap { step[$0]?.list ?? [] }.compactMap(\.string)
        let values = (step["env"]?.list ?? []).compactMap { $0["value"]?.string }
        return single + lists + values
    }

    /// Whether a placeholder stands in a placeholder: `${A${B}}`. What `\$\{[^}]+\$` finds.
    private static func isNested(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var open: Int?
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "$"):
                if let open, index > open { return true }
            case UInt8(ascii: "{"):
                if open == nil, index > 0, bytes[index - 1] == UInt8(ascii: "$") { open = index + 1 }
            case UInt8(ascii: "}"): open = nil
            default: break
            }
        }
        return false
    }
}
