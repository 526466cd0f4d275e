internal import GitOps
internal import Resources
internal import Store
internal import YAML

/// What `elafros history` shows: of each Sync the commits that were applied, the newest first.
struct HistoryPage: Sendable {
    private let commits: [(sync: String, commit: AppliedCommit)]
    /// How many objects of a Sync's newest commit wait for their wave.
    private let waiting: [String: Int]
    private let showsSync: Bool
    private let now: Instant

    /// The commits of those Syncs.
    init(syncs: [String], state: State, now: Instant) {
        commits = syncs.flatMap { sync in AppliedCommit.all(of: sync, in: state).map { (sync, $0) } }
        let counts = syncs.map { ($0, state[Key(.sync, "", $0)]?.syncStatus.waves.waiting ?? 0) }
        waiting = Dictionary(counts) { first, _ in first }
        showsSync = syncs.count > 1
        self.now = now
    }

    var isEmpty: Bool { commits.isEmpty }

    /// For people.
    var table: Table {
        var table = Table(
            (showsSync ? ["SYNC"] : []) + [
                "COMMIT", "APPLIED", "AUTHOR", "CHANGES", "RESULT", "READY AFTER", "SUBJECT",
            ]
        )
        for (sync, commit) in commits {
            let cells: [Table.Cell] = [
                Table.Cell(String(commit.commit.prefix(7)), .place), Table.Cell((now - commit.applied).age + " ago"),
                Table.Cell(commit.author), Table.Cell(changes(commit, waiting: waiting(sync, commit))), result(commit),
                Table.Cell(commit.readyAfter.map(\.measured) ?? ""),
                Table.Cell((commit.rolledBack.map { "(rolled back from \($0.prefix(7))) " } ?? "") + commit.subject),
            ]
            table.append((showsSync ? [Table.Cell(sync)] : []) + cells)
        }
        return table
    }

    /// As data.
    var value: Value {
        let list = commits.map { sync, commit in
            var map: Map = [
                "sync": .string(sync), "commit": .string(commit.commit), "subject": .string(commit.subject),
                "author": .string(commit.author), "written": .string(commit.written.description),
                "applied": .string(commit.applied.description),
                "changes": .map(Map(counts(commit).map { ($0.action.rawValue, .int($0.count)) })),
                "result": .string(Self.words(commit.result)),
            ]
            let waiting = waiting(sync, commit)
            map["waiting"] = waiting > 0 ? .int(waiting) : nil
            map["rolledBackFrom"] = commit.rolledBack.map(Value.string)
            map["readyAfterSeconds"] = commit.readyAfter.map { .double(Double($0.wholeMilliseconds) / 1_000) }
            return Value.map(map)
        }
        return ["commits": .list(list)]
    }

    /// How many objects wait, where the commit is the Sync's newest.
    private func waiting(_ sync: String, _ commit: AppliedCommit) -> Int {
        let newest = commits.first { $0.sync == sync }?.commit
        return newest == commit ? waiting[sync] ?? 0 : 0
    }

    private func counts(_ commit: AppliedCommit) -> [(action: PlannedChange.Action, count: Int)] {
        commit.changes.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key, $0.value) }
    }

    private func changes(_ commit: AppliedCommit, waiting: Int) -> String {
        let words =
            counts(commit).map { "\($0.count) \($0.action.rawValue)" } + (waiting > 0 ? ["\(waiting) waiting"] : [])
        return words.isEmpty ? "none" : words.joined(separator: ", ")
    }

    private func result(_ commit: AppliedCommit) -> Table.Cell {
        let colour: Colour =
            switch commit.result {
            case .inSync: .good
            case .notReady, nil: .waiting
            case .invalid, .refused, .couldNotRun: .bad
            }
        return Table.Cell(Self.words(commit.result), colour)
    }

    private static func words(_ result: SyncOutcome?) -> String {
        switch result {
        case nil: "applied"
        case .inSync: "ready"
        case .couldNotRun: "not reported"
        case .invalid: "partly invalid"
        case .notReady: "not ready"
        case .refused: "prune refused"
        }
    }
}
