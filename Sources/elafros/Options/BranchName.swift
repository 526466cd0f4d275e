internal import ArgumentParser

/// A branch of the command line: `status`, or in full `refs/heads/status`.
struct BranchName: Hashable, Sendable, ExpressibleByArgument {
    /// The name without `refs/heads/`.
    let text: String

    /// Reads a branch; nil for a name that git does not take (git-check-ref-format).
    init?(argument: String) {
        let prefix = "refs/heads/"
        text = argument.hasPrefix(prefix) ? String(argument.dropFirst(prefix.count)) : argument
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let areNames = parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
        let hasOdd = text.unicodeScalars.contains {
            $0.value <= 0x20 || $0.value == 0x7F || "~^:?*[\\".unicodeScalars.contains($0)
        }
        guard areNames, !hasOdd, !text.contains(".."), !text.contains("@{"), !text.hasSuffix("."), !text.hasPrefix("-"),
            text != "@"
        else { return nil }
    }
}
