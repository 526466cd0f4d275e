/// How the names of made objects follow from the names of those that they are made for (specification §1.5).
///
/// Names are derived and never drawn: making an object twice then finds the first one, and a preview knows the names.
public enum RevisionName {
    /// What Kubernetes and host names allow.
    public static let maxLength = 63

    /// The Revision of a Configuration's generation: `my-service-00001`.
    public static func make(configuration: String, generation: Int) -> String {
        let digits = String(generation)
        let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        return child(of: configuration, suffix: "-" + padded)
    }

    /// A name made of a parent's and a suffix: `my-service-00001` and `-deployment`.
    ///
    /// Where that would be too long, the parent's part is cut and a hash of the whole parent put in its place, so that
    /// two long parents with one beginning keep apart.
    public static func child(of parent: String, suffix: String) -> String {
        guard parent.utf8.count + suffix.utf8.count > maxLength else { return parent + suffix }
        let hash = hash(of: parent)
        let room = max(0, maxLength - suffix.utf8.count - hash.utf8.count - 1)
        let kept = parent.prefix(room).trimmingDashes
        return (kept.isEmpty ? hash : "\(kept)-\(hash)") + suffix
    }

    /// FNV-1a over 64 bits. Names need no secrecy: whoever finds two with one hash gets `NotOwned` for the second.
    private static func hash(of text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Substring {
    fileprivate var trimmingDashes: Substring {
        var rest = self
        while rest.last == "-" { rest.removeLast() }
        return rest
    }
}
