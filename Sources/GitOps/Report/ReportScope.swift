internal import Resources
internal import Store
internal import YAML

/// The Syncs that share one report.
///
/// Several Syncs on one remote share one branch and one README, so a page counts the objects of all of them. A folder is
/// shared by whoever names it, whatever they follow.
struct ReportScope: Hashable {
    /// The Syncs, ascending by name.
    let syncs: [Object]
    /// Whether the state has Syncs that report elsewhere.
    let isPartial: Bool
    private let names: Set<String>

    /// A place to which Syncs report.
    enum Place: String {
        case branch = "reportBranch"
        case directory = "reportDirectory"
    }

    /// The Syncs that report to the same place as `sync`: into the same folder, or on the same remote the same branch.
    init(of sync: Object, at place: Place, in state: State) {
        let all = state.keys(.sync).compactMap { state[$0] }
        syncs = all.filter {
            $0.key == sync.key
                || sync.spec[place.rawValue] != nil && $0.spec[place.rawValue] == sync.spec[place.rawValue]
                    && (place == .directory || $0.spec["url"] == sync.spec["url"])
        }
        isPartial = syncs.count < all.count
        names = Set(syncs.map(\.metadata.name))
    }

    /// Whether an object of that origin stands in the report.
    func holds(_ origin: Origin?) -> Bool { origin.map { names.contains($0.sync) } ?? false }

    /// Whether a report may say how often objects of a key were deleted.
    ///
    /// Whose an object was that is gone, nobody remembers. Where other Syncs report elsewhere, only what the report names
    /// anyway is named: what stands in it, children too, and what was called like it. The files of manifests count nothing
    /// that a rebuild could not count anew.
    func mayName(_ key: Key, in state: State) -> Bool {
        guard ![.manifestFile, .appliedCommit, .wave].contains(key.kind) else { return false }
        guard isPartial else { return true }
        if state.contains(key) { return holdsTree(of: key, in: state) }
        var names = [key.name]
        // A Revision, and its Build, are called like their Configuration and a number.
        if let dash = key.name.lastIndex(of: "-"), key.name[dash...].dropFirst().allSatisfy(\.isNumber) {
            names.append(String(key.name[..<dash]))
        }
        return names.contains { name in
            Kind.allCases.contains { $0.isAPI && holds(state[key.sibling($0, name)]?.origin) }
        }
    }

    /// Whether an object, or what it is made by, stands in the report.
    private func holdsTree(of key: Key, in state: State) -> Bool {
        var next: Key? = key
        // Owners that people wrote by hand may form a ring.
        for _ in 0..<16 {
            guard let key = next, let object = state[key] else { return false }
            if key.kind == .sync { return names.contains(key.name) }
            if holds(object.origin) { return true }
            next = object.controllerKey
        }
        return false
    }

    /// Whether a manifest file of that key stands in the report.
    func holds(manifestFile key: Key) -> Bool { names.contains(key.namespace) }
}
