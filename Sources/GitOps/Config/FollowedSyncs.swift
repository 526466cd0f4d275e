public import Resources
internal import YAML

/// All Syncs that are to be followed: those that whoever runs the program names, and those that their repositories define.
public struct FollowedSyncs: Sendable {
    /// The named ones, then the defined ones, each after its parent.
    public let all: [SyncDefinition]
    /// Why some that are defined are not followed, by name.
    public let refusals: [(name: String, message: String)]

    /// Works them out.
    ///
    /// - Parameters:
    ///   - named: by whoever runs the program. One that is defined by the same name does not count.
    ///   - grants: of the same.
    ///   - syncs: of the state.
    public init(_ named: [SyncDefinition], grants: [String: CredentialsGrant], in syncs: [Object]) {
        var refusals: [(name: String, message: String)] = []
        var found = Dictionary(named.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var all = named
        var open = syncs.compactMap(ChildDefinition.init(of:)).sorted { $0.name < $1.name }
        for child in open {
            guard let named = found[child.name] else { continue }
            let message = "\(named.place) names it, and what \(child.place) of Sync \(child.parent) says does not count"
            refusals.append((child.name, message))
        }
        open.removeAll { found[$0.name] != nil }
        while let index = open.firstIndex(where: { found[$0.parent] != nil }) {
            let child = open.remove(at: index)
            guard let parent = found[child.parent] else { continue }
            let (definition, errors) = child.definition(under: parent, grants)
            if let definition {
                found[child.name] = definition
                all.append(definition)
            } else {
                let message = errors.map(\.message).joined(separator: "; ")
                refusals.append((child.name, "\(child.place) of Sync \(child.parent): \(message)"))
            }
        }
        for circle in Self.circles(all) {
            let names = Set(circle)
            all.removeAll { $0.child != nil && names.contains($0.name) }
            let message = "these wait for each other: \(circle.joined(separator: " → ")); take one dependency away"
            for name in names.sorted() where found[name]?.child != nil { refusals.append((name, message)) }
        }
        self.all = all
        self.refusals = refusals
    }

    /// The Syncs that wait for each other, each circle once: from one of them back to it.
    static func circles(_ syncs: [SyncDefinition]) -> [[String]] {
        let dependencies = Dictionary(syncs.map { ($0.name, $0.dependsOn) }, uniquingKeysWith: { first, _ in first })
        var circles: [[String]] = []
        var done: Set<String> = []
        var told: Set<String> = []
        func visit(_ name: String, _ way: [String]) {
            if done.contains(name) { return }
            if let start = way.firstIndex(of: name) {
                let circle = way[start...] + [name]
                // Each once, whichever of its Syncs it was entered by.
                if told.isDisjoint(with: circle) { circles.append(Array(circle)) }
                told.formUnion(circle)
                return
            }
            for next in dependencies[name] ?? [] { visit(next, way + [name]) }
            done.insert(name)
        }
        for sync in syncs { visit(sync.name, []) }
        return circles
    }
}
