internal import Resources
internal import Store
internal import YAML

/// What happened to objects, as `elafros events` and `elafros status NAME` show it.
struct EventList: Sendable {
    /// What happened, in the order of when it happened last.
    let occurrences: [Occurrence]
    /// The moment that ages are counted from.
    let now: Instant

    /// What happened to the objects of that name and, where it is a Service's, to all that was made for it.
    ///
    /// - Parameters:
    ///   - name: nil for all objects.
    ///   - namespace: nil for all namespaces.
    init(of name: String?, in namespace: String?, _ state: State, now: Instant) {
        occurrences = state.occurrences { key in
            guard namespace == nil || key.namespace == namespace else { return false }
            guard let name, key.name != name else { return true }
            if let object = state[key] { return object.metadata.labels[Labels.service] == name }
            // What is gone can only be told by its name, which begins with that of its Configuration.
            return (key.kind == .revision || key.kind == .build) && key.name.hasPrefix(name + "-")
        }
        self.now = now
    }
}

extension EventList {
    /// The list as a table.
    ///
    /// - Parameters:
    ///   - showsNamespace: whether the objects' namespaces have a column.
    ///   - most: how many of the last are shown; nil for all.
    func table(showsNamespace: Bool, last most: Int? = nil) -> Table {
        var table = Table((showsNamespace ? ["NAMESPACE"] : []) + ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"])
        for occurrence in most.map(occurrences.suffix) ?? occurrences[...] {
            let key = occurrence.key
            table.append(
                (showsNamespace ? [Table.Cell(key.namespace)] : []) + [
                    Table.Cell(seen(occurrence)),
                    Table.Cell(Self.type(occurrence), occurrence.isWarning ? .bad : nil),
                    Table.Cell(occurrence.reason),
                    Table.Cell("\(key.kind.name.lowercased())/\(key.name)"),
                    Table.Cell(occurrence.message),
                ]
            )
        }
        return table
    }

    /// When it was seen last, and how often where that was more than once, as kubectl has it.
    private func seen(_ occurrence: Occurrence) -> String {
        let last = (now - occurrence.last).age
        return occurrence.count == 1 ? last : "\(last) (x\(occurrence.count) over \((now - occurrence.first).age))"
    }

    private static func type(_ occurrence: Occurrence) -> String { occurrence.isWarning ? "Warning" : "Normal" }

    /// The same for programs.
    var value: Value {
        .list(
            occurrences.map { occurrence in
                [
                    "type": .string(Self.type(occurrence)), "reason": .string(occurrence.reason),
                    "message": .string(occurrence.message), "count": .int(occurrence.count),
                    "firstTimestamp": .string(occurrence.first.description),
                    "lastTimestamp": .string(occurrence.last.description),
                    "involvedObject": [
                        "kind": .string(occurrence.key.kind.name), "namespace": .string(occurrence.key.namespace),
                        "name": .string(occurrence.key.name),
                    ],
                ]
            }
        )
    }
}
