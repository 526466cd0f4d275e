/// What a range of seeds of the daemon has to reach. What is never reached proves nothing, so that it is a fault of the generator.
public enum DaemonCoverage {
    /// What was never reached.
    public static func missing(from reached: [String: Int]) -> [String] { expected.filter { reached[$0] == nil } }

    private static let expected =
        actions.map { "action \($0)" } + calls.map { "call \($0)" } + verdicts.map { "a call was \($0)" }
        + moods.map { "remote \($0)" } + images.map { "image \($0) ready" } + reasons.map { "run for \($0)" }
        + DaemonCircumstances.zones.map { "scheduled where clocks change, \($0)" } + faults + situations

    private static let actions = [
        "arrivals", "call", "disk", "edit", "jump", "kill", "pass", "push", "quiet", "remote", "request", "restart",
        "resume", "suspend",
    ]
    private static let calls = [
        "arrives", "comesTwice", "floods", "foreign", "forged", "isHeldUp", "isLost", "none", "ping", "replayed",
        "tampered", "unknownName", "unsigned",
    ]
    private static let verdicts = ["ping", "push", "refused", "repeated"]
    private static let moods = ["fine", "isSilent", "isSlow", "refuses"]
    private static let images = ["after 0 s", "after 1500 s", "after 3 s", "after 40 s", "never"]
    private static let reasons = ["dependency", "drift", "poll", "request", "retry", "schedule", "wanted", "webhook"]
    private static let faults = [
        "a call found nobody", "a call to an unknown name", "a turn failed", "crash before exchange with a remote",
        "crash before journal write", "crash before publish", "crash before runtime call", "disk was full", "jump back",
        "jump forwards", "killed while a Sync was running", "many failures in a row", "the daemon ended on a bad disk",
    ]
    private static let situations = [
        "a dependency was asked to run", "a missed run was made up for", "a poll read nothing",
        "an answer to another Sync was good enough", "drift was healed", "edit by hand", "no window ever opens",
        "not at rest in time", "nothing is in the way any more", "nothing new", "superseded", "suspended",
        "the remote moved on before it was fetched", "waits for another Sync", "waits for its window",
    ]
}
