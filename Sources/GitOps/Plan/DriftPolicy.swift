/// What a Sync does about objects from git that people changed or deleted by hand.
public enum DriftPolicy: String, Sendable, CaseIterable {
    /// Makes them again what git says.
    case heal
    /// Leaves them, and says so each time. Of later changes in git only those are carried out: what was changed by hand, and
    /// what git says of it is as it was, stays, and what was deleted by hand stays away.
    case report
    /// The same, and says nothing.
    case ignore
}
