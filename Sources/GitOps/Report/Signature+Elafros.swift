public import Git
public import Resources

extension Signature {
    /// As who we commit: reports, and what undoes a commit.
    public static func elafros(at now: Instant) -> Signature {
        Signature(name: "Elafros", email: "elafros@localhost", milliseconds: now.milliseconds)
    }
}
