/// What git takes for a name (git-check-ref-format).
public enum GitName {
    /// Whether a branch may be called so, without `refs/heads/`.
    public static func isBranch(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let areNames = parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
        let hasOdd = name.unicodeScalars.contains {
            $0.value <= 0x20 || $0.value == 0x7F || "~^:?*[\\".unicodeScalars.contains($0)
        }
        return areNames && !hasOdd && !name.contains("..") && !name.contains("@{") && !name.hasSuffix(".")
            && !name.hasPrefix("-") && name != "@"
    }

    /// A reference for messages: `branch status` for `refs/heads/status`.
    static func shown(_ reference: String) -> String {
        let prefix = "refs/heads/"
        return reference.hasPrefix(prefix) ? "branch \(reference.dropFirst(prefix.count))" : reference
    }
}
