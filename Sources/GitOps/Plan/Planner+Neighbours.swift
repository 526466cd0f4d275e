internal import Resources
internal import Store
internal import YAML

/// What moves from one Sync of a repository to another: planned as one move by whichever of them comes to the commit first.
extension Planner {
    /// The other Syncs that follow the same, by name.
    var neighbours: [String] {
        state.keys(.sync).map(\.name).filter(isNeighbour).sorted()
    }

    private func isNeighbour(_ name: String) -> Bool {
        state[Key(.sync, "", name)].map { Neighbour.isOne($0, of: input) } ?? false
    }

    /// What another Sync finds in the commit; nil where it has not been asked, which is noted, or finds nothing.
    private mutating func neighbour(_ name: String) -> Neighbour? {
        if let asked = input.neighbours[name] { return asked }
        plan.inquiries.insert(name)
        return nil
    }

    /// Whether another Sync of the repository has let go of its object with this commit.
    mutating func hasDropped(_ key: Key, _ owner: String) -> Bool {
        guard isNeighbour(owner) else { return false }
        return neighbour(owner)?.hasDropped(key, in: state) ?? false
    }

    /// Where another Sync of the repository names an object that this one names no more.
    mutating func newHeir(of object: Object, among neighbours: [String]) -> Origin? {
        for name in neighbours {
            if let heir = neighbour(name)?.heir(to: object, in: state, commit: input.commit) { return heir }
        }
        return nil
    }

    /// Whether an object that this Sync's files name no more may stand in a broken file of another's.
    mutating func mayBeHeld(_ key: Key, by neighbours: [String]) -> Bool {
        for name in neighbours where neighbour(name)?.mayHold(key) ?? false { return true }
        return false
    }

    /// Whether git still says of an object what it said, be it to this Sync or to one of the same repository.
    func isSaid(_ lastApplied: Value, by before: Origin) -> Bool {
        before.lastApplied == lastApplied && (before.sync == sync || isNeighbour(before.sync))
    }
}
