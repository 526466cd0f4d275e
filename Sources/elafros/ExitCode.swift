/// What a run of the program ends with; the whole table is in README.md.
///
/// Scripts and CI jobs branch on these numbers, so a number keeps its meaning for good.
enum ExitCode: Int32, Sendable {
    /// In sync, and ready or rolling out as planned.
    case success = 0
    /// `diff` found differences, or `get` found nothing of that name.
    case different = 1
    /// It could not run: the remote, the state folder, permissions.
    case cannotRun = 2
    /// Some manifests are invalid; the others were applied.
    case invalid = 3
    /// Something failed, or was not ready in time.
    case failed = 4
    /// A guard refused a part, as a prune of nearly everything.
    case refused = 5
    /// Another process holds the state folder.
    case busy = 6
    /// The words of the command line are wrong.
    case usage = 64
}
