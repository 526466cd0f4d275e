internal import YAML

/// What is the manifest's alone to say, also where it says nothing: unlike other fields that git does not name, these do
/// not stay when somebody else fills them in.
extension Desired {
    /// The spec without what only this manifest may say and does not.
    ///
    /// A name of one's own stands for one Revision: with it the next template could make none, and the Service would fail
    /// for what somebody typed once. And where a Service of Knative's shape names no `traffic`, the latest Revision gets
    /// everything (specification §15.2): that is a wish like any other, and a list would hold it up for ever.
    func withoutReserved(_ spec: Value) -> Value {
        var spec = withoutNames(spec)
        if namesNoTraffic, let traffic = spec["traffic"] {
            let usual = KnativeShape.targets(nil, service: key.name)
            // The same in so many words is no other wish.
            if KnativeShape.targets(traffic, service: key.name) != usual { spec.remove(["traffic"]) }
        }
        return spec
    }

    /// The spec without a Revision's name that this manifest does not give.
    func withoutNames(_ spec: Value) -> Value {
        var spec = spec
        for place in templates where self.spec.at(place + ["metadata", "name"]).isZero {
            spec.remove(place + ["metadata", "name"])
            // As it was before, when nothing else stands there.
            if self.spec.at(place + ["metadata"]) == nil, spec.at(place + ["metadata"]) == .map([:]) {
                spec.remove(place + ["metadata"])
            }
        }
        return spec
    }

    private var namesNoTraffic: Bool { key.kind == .service && spec["template"] != nil && spec["traffic"] == nil }

    /// The places of the templates that this manifest gives; at most one.
    private var templates: [[String]] {
        switch key.kind {
        case .configuration: [["revisionTemplate"]]
        case .service where spec["template"] != nil: [["template"]]
        case .service: ServiceSpec.modes(of: spec).map { [$0, "configuration", "revisionTemplate"] }
        default: []
        }
    }
}

extension Value {
    /// Takes away what stands at the end of a way of keys, if the way leads there.
    fileprivate mutating func remove(_ keys: [String]) {
        if at(keys) != nil { set(keys, to: nil) }
    }
}
