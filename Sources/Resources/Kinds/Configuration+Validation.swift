internal import YAML

/// The admission rules of a Configuration, also where it stands inside a Service (specification §8).
enum ConfigurationValidation {
    static func check(_ new: Object, old: Object?) -> [AdmissionError] {
        if isZero(new.spec) {
            let advice = "add its revisionTemplate.spec.container"
            return [AdmissionError("Configuration is missing \"spec\"", advice, at: ["spec"])]
        }
        return check(new.spec, new.metadata.name, before: old?.spec, at: ["spec"])
    }

    /// - Parameters:
    ///   - name: The Configuration's, with which the name of a Revision must begin.
    ///   - before: The spec that this one replaces.
    static func check(_ spec: Value, _ name: String, before: Value?, at path: FieldPath) -> [AdmissionError] {
        guard let template = spec["revisionTemplate"], !template.isZero else {
            return [missing("spec.revisionTemplate", "add it, with spec.container", at: path)]
        }
        let place = path.appending(key: "revisionTemplate")
        let wished = RevisionTemplate(template)
        var errors = revisionName(wished, template, name, before?["revisionTemplate"], place)
        let annotations = place.appending(key: "metadata").appending(key: "annotations")
        errors += ScaleBounds.check(wished.annotations, at: annotations)
        let specPath = place.appending(key: "spec")
        if !wished.spec["servingState"].isZero {
            errors.append(
                forbidden(["servingState"], "remove it, Elafros sets it", at: specPath.appending(key: "servingState"))
            )
        }
        let containerPath = specPath.appending(key: "container")
        if let container = wished.spec["container"], !container.isZero {
            let set = ["name", "resources", "ports", "volumeMounts"].filter { !container[$0].isZero }
            if let first = set.first {
                let fields = set.map { "container.\($0)" }
                errors.append(
                    forbidden(fields, "remove what Elafros sets itself", at: containerPath.appending(key: first))
                )
            }
        } else {
            let advice = "add it, with an image"
            errors.append(missing("spec.revisionTemplate.spec.container", advice, at: specPath))
        }
        errors += RevisionValidation.fields(wished.spec, at: specPath)
        if let build = spec["build"] { errors += BuildValidation.fields(build, at: path.appending(key: "build")) }
        return errors
    }

    /// Whether a Configuration's spec is empty in the original's eyes, which looked at values and not at what was
    /// written: `revisionTemplate: {}` counts as nothing. A `build`, though empty, counts.
    static func isZero(_ spec: Value) -> Bool { spec["build"] == nil && spec.isZero }

    /// The rules of a Revision's own name (§1.5).
    static func revisionName(
        _ template: RevisionTemplate,
        _ value: Value,
        _ configuration: String,
        _ before: Value?,
        _ path: FieldPath
    ) -> [AdmissionError] {
        guard let name = template.name else { return [] }
        let place = path.appending(key: "metadata").appending(key: "name")
        var errors: [AdmissionError] = []
        if !name.hasPrefix(configuration + "-") {
            let advice = "write \"\(configuration)-\(name)\", or leave the name out"
            errors.append(AdmissionError("\"\(name)\" must have prefix \"\(configuration)-\"", advice, at: place))
        } else if let why = NameRule.host.refusal(of: name) {
            let text = "Failed to validate: Invalid resource name: \(why)"
            errors.append(AdmissionError(text, "rename the Revision", at: place))
        }
        if let before, RevisionTemplate(before).name == name, !Schema.isSameTemplate(before, value) {
            let changes = FieldChange.between(
                .revisionTemplate(before),
                .revisionTemplate(value),
                kind: .configuration
            )
            let text = "Saw the following changes without a name change (-old +new): \(changes.summary)"
            errors.append(AdmissionError(text, "give the Revision a new name", at: place))
        }
        return errors
    }

    private static func missing(_ field: String, _ advice: String, at path: FieldPath) -> AdmissionError {
        AdmissionError("Configuration is missing \"\(field)\"", advice, at: path)
    }

    private static func forbidden(_ fields: [String], _ advice: String, at path: FieldPath) -> AdmissionError {
        let list = fields.map { "revisionTemplate.spec.\($0)" }.joined(separator: ", ")
        return AdmissionError("The configuration spec must not set the field(s): \(list)", advice, at: path)
    }
}

extension Value {
    fileprivate static func revisionTemplate(_ template: Value) -> Value { ["spec": ["revisionTemplate": template]] }
}

extension [FieldChange] {
    /// All changes on one line, for texts that name them.
    var summary: String { map(\.description).joined(separator: ", ") }
}
