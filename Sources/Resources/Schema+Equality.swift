public import YAML

extension Schema {
    /// Whether two canonical specs of one kind mean the same, so that going from one to the other is no new generation
    /// (specification §10.1, §11).
    ///
    /// Equal values do, in constant time where they share storage; otherwise the spellings that authors may choose from
    /// are made one first: the concurrency models, and a Route's two forms.
    public static func isSameSpec(_ kind: Kind, _ a: Value, _ b: Value) -> Bool {
        if a == b { return true }
        switch kind {
        case .service, .configuration, .revision, .route: return meaning(kind, a) == meaning(kind, b)
        case .build, .buildTemplate, .workload, .split, .sync, .manifestFile, .appliedCommit, .wave: return false
        }
    }

    /// Whether two templates make the same Revision.
    static func isSameTemplate(_ a: Value, _ b: Value) -> Bool {
        a == b || templateMeaning(a) == templateMeaning(b)
    }

    private static func meaning(_ kind: Kind, _ spec: Value) -> Value {
        switch kind {
        case .service:
            if let template = spec["template"] {
                var configuration = KnativeShape.configuration(template)
                configurationMeaning(&configuration)
                let targets = KnativeShape.targets(spec["traffic"], service: "").map(\.value)
                return ["configuration": configuration, "traffic": .list(targets)]
            }
            var spec = spec
            for mode in ServiceSpec.modeNames {
                spec.change(mode) { $0.change("configuration", configurationMeaning) }
            }
            return spec
        case .configuration:
            var spec = spec
            configurationMeaning(&spec)
            return spec
        case .revision: return revisionMeaning(spec)
        case .route: return routeMeaning(spec)
        default: return spec
        }
    }

    private static func configurationMeaning(_ spec: inout Value) {
        spec.change("revisionTemplate") { $0 = templateMeaning($0) }
    }

    private static func templateMeaning(_ template: Value) -> Value {
        var template = template
        template.change("spec") { $0 = revisionMeaning($0) }
        return template
    }

    private static func revisionMeaning(_ spec: Value) -> Value {
        guard var map = spec.map else { return spec }
        // A word that is no model keeps its own meaning: admission has yet to refuse it.
        let model = map["concurrencyModel"]?.string ?? ""
        if ConcurrencyModel.isKnown(model) {
            map["concurrencyModel"] = nil
            map["containerConcurrency"] = nil
            // Appended last on both sides, whichever spelling was there and wherever it stood.
            map["containerConcurrency"] = .int(RevisionSpec.concurrencyLimit(of: spec) ?? 0)
        }
        if map["servingState"]?.string.map({ $0.isEmpty || $0 == "Active" }) ?? false { map["servingState"] = nil }
        return .map(map)
    }

    private static func routeMeaning(_ spec: Value) -> Value {
        let targets = RouteSpec.traffic(of: spec)?.list?.map { TrafficTarget($0)?.value ?? $0 }
        let traffic = targets.map(Value.list) ?? .null
        guard let steps = RolloutSteps(spec["rollout"]) else { return traffic }
        return .map(steps.added(to: ["traffic": traffic]))
    }
}

/// The spellings of a Revision's concurrency model (§10.1).
enum ConcurrencyModel {
    /// All that authors may write; the empty one means `Multi`.
    static let spellings = ["Single", "SingleThreaded", "Multi", "MultiThreaded"]

    static func isKnown(_ text: String) -> Bool { text.isEmpty || spellings.contains(text) }
}

extension Value {
    /// Changes what stands under a key of this map; nothing where there is none.
    mutating func change(_ key: String, _ body: (inout Value) -> Void) {
        guard case .map(var map) = self, var value = map[key] else { return }
        self = .null
        body(&value)
        map[key] = value
        self = .map(map)
    }
}
