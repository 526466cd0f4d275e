public import YAML

/// JSON merge patch, RFC 7386: maps merge, `null` deletes, everything else replaces, lists as a whole.
public enum MergePatch {
    /// The object after the patch; reading it again, which the caller does, finds what the patch made wrong.
    public static func apply(patch: Value, to object: Value, kind: Kind) throws(ResourcesError) -> Value {
        let patch = PatchForm.fitted(try PatchForm.canonical(patch, kind: kind), to: object, kind: kind)
        guard case .map = patch else {
            throw ResourcesError(.invalid, "the patch is no map; write it like the object, with the fields to change")
        }
        return merged(patch, object)
    }

    /// `MergePatch(Target, Patch)` of the RFC's section 2.
    static func merged(_ patch: Value, _ target: Value?) -> Value {
        guard case .map(let patch) = patch else { return patch }
        var result = target?.map ?? Map()
        for entry in patch.entries {
            if entry.value.isNull {
                result[entry.key] = nil
            } else {
                result[entry.key] = merged(entry.value, result[entry.key])
            }
        }
        return .map(result)
    }
}
