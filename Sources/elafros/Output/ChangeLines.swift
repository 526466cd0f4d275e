internal import GitOps
internal import Resources
internal import YAML

/// How planned changes are printed, by every command alike.
struct ChangeLines: Sendable {
    let paint: Paint

    /// What differs in a changed object, `path: old → new` each; a created or pruned one differs in all of its fields, and none
    /// is listed.
    ///
    /// - Parameter most: how many are listed before the rest is counted.
    func fields(of change: PlannedChange, most: Int) -> [String] {
        Self.listed(change, most: most) { path, old, new in
            "\(FindingLines.oneLine(path)): \(paint(old, .bad)) → \(paint(new, .good))"
        }
    }

    /// The same with every line made by a caller that marks up in another way.
    static func listed(
        _ change: PlannedChange,
        most: Int,
        _ line: (_ path: String, _ old: String, _ new: String) -> String
    ) -> [String] {
        guard change.before != nil, change.after != nil else { return [] }
        let fields = change.fields
        let lines = fields.prefix(most).map { line($0.path.description, short($0.old), short($0.new)) }
        let rest = fields.count - lines.count
        return lines + (rest > 0 ? ["and \(counted(rest, "more field", plural: "more fields"))"] : [])
    }

    /// What changes for the whole state: `setting changed: domain: the default → example.com`.
    func line(_ setting: SettingChange) -> String {
        func word(_ value: Value) -> String { FindingLines.oneLine(value.string ?? value.json) }
        let (old, new) = (setting.old.map(word) ?? "the default", word(setting.new))
        return "setting changed: \(setting.option): \(paint(old, .bad)) → \(paint(new, .good))"
    }

    /// The manifest's place; nil where it has none.
    static func place(of change: PlannedChange) -> String? {
        change.source.map { "\(FindingLines.oneLine($0.path)):\($0.line)" }
    }

    /// The wave of each change, or nil for all of them where they are in one.
    static func waves(among changes: [PlannedChange]) -> (PlannedChange) -> String? {
        let isOne = changes.allSatisfy { $0.wave == changes.first?.wave }
        return { change in isOne ? nil : change.wave.map { "wave \($0)" } }
    }

    /// How many of each action: `2 created`, `1 changed`.
    static func counts(_ changes: [PlannedChange]) -> [String] {
        PlannedChange.Action.allInOrder.compactMap { action in
            let count = changes.count { $0.action == action }
            return count > 0 ? "\(count) \(action.rawValue)" : nil
        }
    }

    /// A value in one line: long ones are cut.
    private static func short(_ value: Value?) -> String {
        guard let value else { return "nothing" }
        let json = FindingLines.oneLine(value.json)
        return json.count > 60 ? json.prefix(59) + "…" : json
    }
}

extension PlannedChange {
    /// Whether another Sync had it, which left it when its own git named it no more.
    var isTakenOver: Bool { action == .adopted && before?.origin != nil }

    /// The Sync that has it from now on, where this one lets go of it for that reason.
    var heir: String? { action == .released ? after?.origin?.sync : nil }

    /// What the sign alone would not tell.
    var remark: String? {
        if isTakenOver { return "adopted: another Sync left it" }
        return heir.map { "released: it is Sync \($0)'s from now on" } ?? action.remark
    }
}

extension PlannedChange.Action {
    /// The order in which they are counted.
    static let allInOrder: [Self] = [.created, .changed, .healed, .adopted, .pruned, .released]

    /// In front of a line.
    var sign: String {
        switch self {
        case .created: "+"
        case .changed: "~"
        case .healed: "↺"
        case .adopted: "→"
        case .pruned: "-"
        case .released: "○"
        }
    }

    /// Of the sign.
    var colour: Colour {
        switch self {
        case .created, .adopted: .good
        case .changed, .healed: .waiting
        case .pruned, .released: .bad
        }
    }

    /// What the sign alone would not tell of most changes.
    fileprivate var remark: String? {
        switch self {
        case .created, .changed: nil
        case .healed: "healed: it was changed by hand"
        case .adopted: "adopted: it was made by hand"
        case .pruned: "pruned: git names it no more"
        case .released: "released: git names it no more, and it is kept"
        }
    }
}
