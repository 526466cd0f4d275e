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

    /// Whether a manifest file of that key stands in the report.
    func holds(manifestFile key: Key) -> Bool { names.contains(key.namespace) }
}
