internal import ArgumentParser
internal import Git

/// A branch of the command line: `status`, or in full `refs/heads/status`.
struct BranchName: Hashable, Sendable, ExpressibleByArgument {
    /// The name without `refs/heads/`.
    let text: String

    /// Reads a branch; nil for a name that git does not take.
    init?(argument: String) {
        let prefix = "refs/heads/"
        text = argument.hasPrefix(prefix) ? String(argument.dropFirst(prefix.count)) : argument
        guard GitName.isBranch(text) else { return nil }
    }
}
