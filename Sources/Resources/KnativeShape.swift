internal import YAML

/// What a Service in the shape of `serving.knative.dev/v1` means (specification §15.2): its `template` is a
/// Configuration's with another spelling, its `traffic` is a Route's.
enum KnativeShape {
    /// The group of the shape.
    static let group = "serving.knative.dev"
    /// Its versions, which are alike; the first is written.
    static let versions = ["v1", "v1beta1"]

    /// The Configuration's spec that a template means, in the order of its table.
    static func configuration(_ template: Value) -> Value {
        let pod = template["spec"]
        var spec = Map()
        spec["serviceAccountName"] = pod?["serviceAccountName"]
        spec["container"] = pod?["containers"]?.list?.first ?? .map([:])
        // The default of our own shape, so that going from one to the other makes no Revision.
        if pod?["containerConcurrency"] == nil { spec["concurrencyModel"] = "Multi" }
        spec["containerConcurrency"] = pod?["containerConcurrency"]
        spec["timeoutSeconds"] = pod?["timeoutSeconds"]
        for field in Schema.podFields { spec[field] = pod?[field] }
        var result = Map()
        result["metadata"] = template["metadata"]
        result["spec"] = .map(spec)
        return ["revisionTemplate": .map(result)]
    }

    /// The targets of the Service's Route; where nothing is said, the latest Revision gets everything.
    static func targets(_ traffic: Value?, service: String) -> [TrafficTarget] {
        guard let list = traffic?.list, !list.isEmpty else {
            return [TrafficTarget(.configuration(service), percent: 100)]
        }
        return list.map { item in
            func text(_ key: String) -> String? { item[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }
            return TrafficTarget(
                text("revisionName").map(TrafficTarget.Destination.revision) ?? .configuration(service),
                name: text("tag"),
                percent: item["percent"]?.int ?? 0
            )
        }
    }

    /// A status as it is shown beside a spec in this shape.
    static func status(_ status: ServiceStatus, _ spec: Value) -> Value {
        guard case .map(var map) = status.value else { return status.value }
        map["domain"] = nil
        map["traffic"] = nil
        let traffic = status.traffic.map { share -> Value in
            var item = Map()
            item["tag"] = share.name.map(Value.string)
            item["revisionName"] = .string(share.revisionName)
            item["latestRevision"] = .bool(isLatest(share, status, spec))
            item["percent"] = .int(share.percent)
            if let name = share.name, let domain = status.domain { item["url"] = .string("http://\(name).\(domain)") }
            return .map(item)
        }
        if !traffic.isEmpty { map["traffic"] = .list(traffic) }
        map["url"] = status.domain.map { .string("http://\($0)") }
        return .map(map)
    }

    /// Whether an entry of the status stands for the latest Revision.
    private static func isLatest(_ share: TrafficShare, _ status: ServiceStatus, _ spec: Value) -> Bool {
        guard share.revisionName == status.latestReadyRevisionName else { return false }
        return targets(spec["traffic"], service: "").contains { target in
            if case .configuration = target.destination { target.name == share.name } else { false }
        }
    }
}

// MARK: - Admission

extension KnativeShape {
    /// The admission rules, in Knative's words.
    static func check(_ new: Object, old: Object?) -> [AdmissionError] {
        // One with an empty list of containers is there, and what it lacks is told below.
        guard let template = new.spec["template"], template.map?.isEmpty == false else {
            return [missing("spec.template", "add it, with spec.containers", at: ["spec", "template"])]
        }
        return check(template, new, old: old) + traffic(new.spec["traffic"]?.list ?? [], at: ["spec", "traffic"])
    }

    private static func check(_ template: Value, _ new: Object, old: Object?) -> [AdmissionError] {
        let place: FieldPath = ["spec", "template"]
        let specPlace = place.appending(key: "spec")
        let meant = configuration(template)["revisionTemplate"] ?? .map([:])
        let before = old?.serviceSpec?.configuration?["revisionTemplate"]
        let wished = RevisionTemplate(meant)
        let annotations = place.appending(key: "metadata").appending(key: "annotations")
        var errors = ConfigurationValidation.revisionName(wished, meant, new.metadata.name, before, place)
        errors += ScaleBounds.check(wished.annotations, at: annotations)
        let containers = template["spec"]?["containers"]?.list ?? []
        let containersPlace = specPlace.appending(key: "containers")
        if containers.isEmpty {
            let place = template["spec"]?["containers"] == nil ? specPlace : containersPlace
            errors.append(missing("spec.template.spec.containers", "add one, with an image", at: place))
        } else if containers.count > 1 {
            let text = "expected exactly one container, found \(containers.count): spec.template.spec.containers"
            errors.append(AdmissionError(text, "keep the one that answers requests", at: containersPlace))
        } else if containers[0]["image"].isZero {
            let field = "spec.template.spec.containers[0].image"
            errors.append(missing(field, "name the image that runs", at: containersPlace.appending(.item(0))))
        }
        return errors + RevisionValidation.fields(wished.spec, at: specPlace)
    }

    private static func traffic(_ targets: [Value], at path: FieldPath) -> [AdmissionError] {
        guard !targets.isEmpty else { return [] }
        var errors: [AdmissionError] = []
        var tags: Set<String> = []
        var sum = 0
        for (index, target) in targets.enumerated() {
            let place = path.appending(.item(index))
            let name = target["revisionName"]?.string ?? ""
            let isLatest = target["latestRevision"]?.bool ?? false
            if isLatest, !name.isEmpty {
                let text = "may not set revisionName \"\(name)\" when latestRevision is true"
                errors.append(AdmissionError(text, "remove one of them", at: place.appending(key: "revisionName")))
            } else if !isLatest, name.isEmpty {
                let text = "expected exactly one, got neither: spec.traffic[\(index)].latestRevision, revisionName"
                errors.append(AdmissionError(text, "add one of them", at: place))
            }
            let percent = target["percent"]?.int ?? 0
            if !(0...100).contains(percent) {
                errors.append(.outOfBounds(percent, 0...100, at: place.appending(key: "percent")))
            }
            // Numbers of a manifest may be as large as they like.
            sum = sum.addingReportingOverflow(percent).overflow ? .max : sum + percent
            if let tag = target["tag"]?.string, !tag.isEmpty {
                if !tags.insert(tag).inserted {
                    let text = "Multiple definitions for \"\(tag)\""
                    errors.append(AdmissionError(text, "rename one", at: place.appending(key: "tag")))
                } else if let why = NameRule.host.refusal(of: tag) {
                    let text = "invalid value: \(tag): spec.traffic[\(index)].tag"
                    errors.append(
                        AdmissionError(text, "it becomes part of a host: \(why)", at: place.appending(key: "tag"))
                    )
                }
            }
        }
        if errors.isEmpty, sum != 100 {
            errors.append(AdmissionError("Traffic targets sum to \(sum), want 100", "change the percents", at: path))
        }
        return errors
    }

    private static func missing(_ field: String, _ advice: String, at path: FieldPath) -> AdmissionError {
        AdmissionError("missing field(s): \(field)", advice, at: path)
    }
}
