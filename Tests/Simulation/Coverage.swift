/// What a range of seeds has to reach. What is never reached proves nothing, so that it is a fault of the generator.
public enum Coverage {
    /// How many seeds reach everything: the rarest of all comes about once in thirty.
    public static let enough = 400

    /// What was never reached.
    public static func missing(from reached: [String: Int]) -> [String] { expected.filter { reached[$0] == nil } }

    private static let expected =
        actions.map { "action \($0)" } + edits.map { "edit \($0)" } + hands.map { "hand \($0)" }
        + effects.map { "crash before \($0)" } + faults + situations

    private static let actions = [
        "build", "commit", "crash", "disk", "drive", "forcePush", "foreignPush", "hand", "jump", "loseDisk",
        "loseMirror",
        "meanwhile", "order", "pass", "quiet", "remote", "restart", "rollBack", "sync", "twins", "workload",
    ]
    private static let edits = [
        "breakDocument", "breakFile", "build", "create", "delete", "duplicate", "extras", "image", "keep", "manual",
        "mendFile", "move", "pace", "pin", "release", "rename", "respell", "runLatest", "unrelated", "wave",
    ]
    private static let hands = ["create", "delete", "deleteChild", "image", "label", "stale"]
    private static let effects = [
        "answer of the runtime", "asking the remote", "fetching", "journal write", "publish", "push", "runtime call",
        "the answer to a push",
    ]
    private static let faults = [
        "build fails", "build succeeds", "container fails", "container hangs", "disk was fails", "disk was full",
        "image missing", "remote answerIsLost at pushed", "remote declines at push", "remote isLate at ask",
        "remote isLate at bring", "remote isLate at push", "remote refuses at ask", "remote refuses at bring",
        "remote refuses at push", "remote timesOut at ask", "remote timesOut at bring", "remote timesOut at push",
        "workload fails", "workload ready", "workload starting",
    ]
    private static let situations = [
        "a broken file keeps what it does not name", "a newer commit came while a wave waited",
        "a Revision was retired",
        "a sync could not run", "a wave waited", "a wave waited for a failed object",
        "an old Revision went", "closed on a bad disk", "daemon",
        "driving was cut off",
        "edit while the runtime is at work", "few Revisions are kept",
        "held back", "history was rewritten", "journal in SQLite", "journal in a model", "nothing new",
        "one process a sync", "only the spelling changed", "plan adopted", "plan changed", "plan created",
        "plan healed",
        "plan pruned", "plan released", "readiness Failed", "readiness Ready", "readiness RollingOut",
        "readiness Starting",
        "readiness WaitingForBuilder", "somebody pushed while a report was on its way", "with a builder",
        "without a builder",
    ]
}
