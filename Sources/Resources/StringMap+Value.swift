public import YAML

extension StringMap {
    /// As manifests show it: a map in the order of the keys.
    public var value: YAML.Value {
        .map(Map(uniqueEntries: entries.map { Map.Entry(key: $0.key, value: .string($0.value)) }))
    }

    /// Reads what `value` wrote; empty where there is no map.
    public init(_ value: YAML.Value?) {
        self.init((value?.map?.entries ?? []).map { ($0.key, $0.value.string ?? "") })
    }
}
