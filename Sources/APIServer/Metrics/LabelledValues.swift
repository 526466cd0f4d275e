internal import Synchronization

/// One value for each combination of label values that was ever named.
final class LabelledValues<Value: Sendable>: Sendable {
    private let names: [String]
    private let values = Mutex<[[MetricLabel]: Value]>([:])

    init(_ names: [String]) { self.names = names }

    /// Changes the value for those label values, given in the order of the names. Another number of them than of names is
    /// a programmer's mistake.
    func update(_ labels: [String], _ change: (inout Value?) -> Void) {
        precondition(labels.count == names.count, "values for the labels \(names), not \(labels.count) of them")
        let labels = zip(names, labels).map(MetricLabel.init)
        values.withLock { change(&$0[labels]) }
    }

    /// Forgets all that have this value for a label.
    func remove(_ name: String, _ value: String) {
        let gone = MetricLabel(name, value)
        values.withLock { values in values = values.filter { !$0.key.contains(gone) } }
    }

    /// What there is now, by label values.
    var all: [(labels: [MetricLabel], value: Value)] {
        let values = values.withLock { $0 }
        return values.map { ($0.key, $0.value) }.sorted { a, b in
            a.0.lexicographicallyPrecedes(b.0) { $0.value < $1.value }
        }
    }
}
