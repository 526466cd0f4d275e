internal import Git
internal import GitOps
internal import Store
internal import YAML

/// What `--stats` prints: how long each station of the way took, and what was read, done and written.
struct StatsPage: Sendable {
    let statistics: SyncStatistics

    /// Two tables.
    func text(_ paint: Paint) -> String {
        var times = Table(["STATION", "TIME"])
        for station in statistics.stations {
            times.append([Table.Cell(station.name), Table.Cell(station.time.measured)])
        }
        let total = statistics.stations.reduce(Duration.zero) { $0 + $1.time }
        times.append(["total", Table.Cell(total.measured)])
        var counts = Table(["COUNTED", "NUMBER"])
        for (name, number) in counters { counts.append([Table.Cell(name), Table.Cell("\(number)")]) }
        return times.rendered(paint) + "\n" + counts.rendered(paint)
    }

    /// One line for a log, without the counters that stand at 0: `58 ms; exchanges with the remote 1, blobs read 1`.
    var line: String {
        let total = statistics.stations.reduce(Duration.zero) { $0 + $1.time }
        let counts = counters.filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" }
        return "\(total.measured)" + (counts.isEmpty ? "" : "; " + counts.joined(separator: ", "))
    }

    /// The same as data: times in microseconds.
    var value: Value {
        [
            "stations": .list(
                statistics.stations.map { station in
                    let parts = station.time.components
                    let microseconds = parts.seconds * 1_000_000 + parts.attoseconds / 1_000_000_000_000
                    return ["name": .string(station.name), "microseconds": .int(Int(microseconds))]
                }
            ),
            "counters": .map(Map(counters.map { (Self.camelCase($0.0), .int($0.1)) })),
        ]
    }

    private var counters: [(String, Int)] {
        [
            ("exchanges with the remote", statistics.git.exchanges),
            ("trees read", statistics.git.treesRead),
            ("blobs read", statistics.git.blobsRead),
            ("bytes read", statistics.git.bytesRead),
            ("files parsed", statistics.filesParsed),
            ("documents", statistics.documents),
            ("index rows read", statistics.store.indexRowsRead),
            ("objects read", statistics.store.objectsRead),
            ("reconciled", statistics.reconciled),
            ("workloads carried out", statistics.carriedOut),
            ("objects written", statistics.store.objectsWritten),
            ("index rows written", statistics.store.indexRowsWritten),
            ("bytes written", statistics.store.bytesWritten),
            ("transactions", statistics.store.transactions),
        ]
    }

    private static func camelCase(_ words: String) -> String {
        let parts = words.split(separator: " ")
        return parts.enumerated().map { $0.offset == 0 ? String($0.element) : $0.element.capitalized }.joined()
    }
}

extension Substring {
    /// With its first letter in upper case.
    fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
