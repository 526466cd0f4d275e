public import YAML

/// The rules of a Build (specification §6.4): not of admission, but codes that its status shows.
public enum BuildValidation {
    /// The first rule that a Build breaks, in the original's order; nil where it is valid.
    ///
    /// - Parameters:
    ///   - spec: The Build's spec.
    ///   - template: The spec of the BuildTemplate that it names; nil where it names none, or none is there yet.
    public static func check(_ spec: Value, template: Value? = nil) -> (code: String, message: String)? {
        let steps = spec["steps"]?.list ?? []
        let instance = spec["template"]
        if instance != nil, !steps.isEmpty {
            return ("TemplateAndSteps", "build cannot specify both template and steps")
        }
        if let instance {
            if instance["name"].isZero { return ("MissingTemplateName", "template must have a name") }
            if let name = repeatedName(instance["arguments"]) {
                return ("DuplicateArgName", "duplicate argument name \"\(name)\"")
            }
            if let refusal = instantiation(instance, template) { return refusal }
        }
        if let name = repeatedName(spec["steps"]) { return ("DuplicateStepName", "duplicate step name \"\(name)\"") }
        if let refusal = volumes(spec["volumes"], template?["volumes"]) { return refusal }
        return source(spec["source"])
    }

    /// How a Build uses its template.
    private static func instantiation(_ instance: Value, _ template: Value?) -> (code: String, message: String)? {
        guard let template else { return nil }
        if BuildTemplateValidation.check(template) != nil {
            return ("InvalidTemplate", "The referenced template is invalid.")
        }
        let given = Set((instance["arguments"]?.list ?? []).compactMap { $0["name"]?.string })
        let lacking = (template["parameters"]?.list ?? []).compactMap { parameter -> String? in
            guard let name = parameter["name"]?.string, parameter["default"] == nil, !given.contains(name)
            else { return nil }
            return name
        }
        guard !lacking.isEmpty else { return nil }
        let names = lacking.joined(separator: ", ")
        return ("UnsatisfiedParameter", "build does not specify these required parameters: \(names)")
    }

    private static func volumes(_ own: Value?, _ template: Value?) -> (code: String, message: String)? {
        if let name = repeatedName(own) { return ("DuplicateVolumeName", "duplicate volume name \"\(name)\"") }
        let names = (own?.list ?? []).compactMap { $0["name"]?.string }
        let taken = ["workspace", "home"] + (template?.list ?? []).compactMap { $0["name"]?.string }
        for name in names where taken.contains(name) {
            return ("DuplicateVolume", "volume \"\(name)\" is defined by the template or by Elafros already")
        }
        return nil
    }

    private static func source(_ source: Value?) -> (code: String, message: String)? {
        guard let source else { return nil }
        if let git = source["git"] {
            if git["url"].isZero { return ("MissingUrl", "git source must have a url") }
            if ["branch", "tag", "ref", "commit"].allSatisfy({ git[$0].isZero }) {
                return ("MissingCommitish", "git source must have one of branch, tag, ref or commit")
            }
            return nil
        }
        if let storage = source["gcs"] {
            if storage["location"].isZero { return ("MissingLocation", "gcs source must have a location") }
            guard let type = storage["type"]?.string, !type.isEmpty else { return nil }
            if type == "Archive" || type == "Manifest" { return nil }
            return ("UnrecognizedSource", "unrecognized type of gcs source \"\(type)\"")
        }
        if let custom = source["custom"] {
            return custom["name"].isZero ? nil : ("OmitName", "custom source must omit the name of its container")
        }
        return ("UnrecognizedSource", "source must be one of git, gcs or custom")
    }

    /// The first name that two items have; unnamed ones may repeat.
    static func repeatedName(_ list: Value?) -> String? {
        var seen: Set<String> = []
        for name in (list?.list ?? []).compactMap({ $0["name"]?.string }) where !name.isEmpty {
            if !seen.insert(name).inserted { return name }
        }
        return nil
    }
}

extension BuildValidation {
    /// The admission rules of single fields, also where they stand inside a Configuration (§6.1).
    static func fields(_ spec: Value, at path: FieldPath) -> [AdmissionError] {
        var errors: [AdmissionError] = []
        if let text = spec["timeout"]?.string, !text.isEmpty {
            let place = path.appending(key: "timeout")
            if let timeout = Duration(go: text) {
                if timeout < .zero || timeout > .seconds(86_400) {
                    let message = "expected 0 <= \(text) <= 24h: timeout"
                    errors.append(AdmissionError(message, "choose a duration in that range", at: place))
                }
            } else {
                errors.append(
                    AdmissionError("invalid value: \(text): timeout", "write it as in 90s or 1h30m", at: place)
                )
            }
        }
        if let text = spec["status"]?.string, !text.isEmpty, text != "BuildCancelled" {
            let advice = "write BuildCancelled to end the build, or leave it out"
            errors.append(AdmissionError("invalid value: \(text): status", advice, at: path.appending(key: "status")))
        }
        return errors
    }

    /// The admission rule of a Build: what was asked for does not change, but its cancellation may be asked for (§6.3).
    static func checkChange(_ new: Object, old: Object?) -> [AdmissionError] {
        guard let old else { return [] }
        var before = old.spec
        var after = new.spec
        before.set(["status"], to: nil)
        after.set(["status"], to: nil)
        let changes = FieldChange.between(["spec": before], ["spec": after], kind: .build)
        guard let first = changes.first else { return [] }
        let text = "Build spec should not change (-old +new): \(changes.summary)"
        return [AdmissionError(text, "give the Build a new name", at: first.path)]
    }
}

/// The rules of a BuildTemplate (specification §7): codes that its status shows.
public enum BuildTemplateValidation {
    /// The first rule that a template breaks; nil where it is valid.
    public static func check(_ spec: Value) -> (code: String, message: String)? {
        if let name = BuildValidation.repeatedName(spec["steps"]) {
            return ("DuplicateStepName", "duplicate step name \"\(name)\"")
        }
        if let name = BuildValidation.repeatedName(spec["volumes"]) {
            return ("DuplicateVolumeName", "duplicate volume name \"\(name)\"")
        }
        if let name = BuildValidation.repeatedName(spec["parameters"]) {
            return ("DuplicateParamName", "duplicate parameter name \"\(name)\"")
        }
        for step in spec["steps"]?.list ?? [] {
            for text in substituted(step) where hasNestedPlaceholder(text) {
                return ("NestedPlaceholder", "nested placeholder in \"\(text)\"")
            }
        }
        return nil
    }

    /// The texts of a step in which parameters are replaced.
    private static func substituted(_ step: Value) -> [String] {
        let single = [step["name"], step["workingDir"]].compactMap { $0?.string }
        let lists = [step["args"], step["command"]].flatMap { $0?.list ?? [] }.compactMap(\.string)
        let values = (step["env"]?.list ?? []).compactMap { $0["value"]?.string }
        return single + lists + values
    }

    /// Whether `${` is followed by a `$` before the next `}`, as in `${A${B}}`.
    private static func hasNestedPlaceholder(_ text: String) -> Bool {
        var isInside = false
        var characters = text.unicodeScalars.makeIterator()
        var pending = characters.next()
        while let character = pending {
            pending = characters.next()
            switch character {
            case "$" where isInside: return true
            case "$" where pending == "{":
                isInside = true
                pending = characters.next()
                // The pattern wants something between the brace and the next dollar sign.
                if pending == "$" { pending = characters.next() }
            case "}": isInside = false
            default: break
            }
        }
        return false
    }
}
