public import YAML

/// A change of what a Sync says for the whole state, as its options ask: the suffix of hosts, and the like.
///
/// It is no change of any object from git, and yet each of them may follow it.
public struct SettingChange: Hashable, Sendable {
    /// The option that sets it: `--keep-revisions`.
    public let option: String
    /// What it was; nil where nobody had said anything, so that the default held.
    public let old: Value?
    /// What it is now.
    public let new: Value

    /// What differs between two specs of one Sync.
    static func all(from old: Value, to new: Value) -> [SettingChange] {
        SyncRun.sharedSettings.compactMap { setting in
            guard let value = new[setting.field], value != old[setting.field] else { return nil }
            return SettingChange(option: setting.option, old: old[setting.field], new: value)
        }
    }
}
