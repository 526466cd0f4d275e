internal import Git
internal import Resources

/// How much of its history a report branch keeps.
extension ReportBranch {
    /// Lets go of the branch's older commits, once there are twice as many as are to be kept, after a push of ours.
    ///
    /// The report is pushed already, and what the branch shows does not change: whatever goes wrong is told, and no failure.
    /// Commits that a person made are never let go.
    func shorten(to keep: Int, signedBy key: SigningKey?, _ outcome: inout ReportOutcome) async {
        guard case .pushed(let tip, let skippedHooks)? = outcome.branch else { return }
        do {
            switch try await mirror.shorten(branch: name, at: tip, to: keep, signedBy: key, mayGo: Self.isOurs) {
            case .short, .moved: break
            case .shortened(let id): outcome.branch = .pushed(id, skippedHooks: skippedHooks)
            case .held(let commit):
                outcome.keptWhole =
                    "commit \(commit.id.short) by \(commit.author.name) on it would be lost; move it to another branch, or "
                    + "keep all"
            }
        } catch  where error.kind == .rejected {
            outcome.keptWhole = "\(error); have the remote allow to rewrite it, or keep all"
        } catch {
            outcome.keptWhole = "\(error)"
        }
    }

    /// Whether a report wrote a commit: nobody else signs so, and names the state.
    @Sendable private static func isOurs(_ commit: CommitInfo) -> Bool {
        let author = Signature.elafros(at: .init(milliseconds: 0))
        return commit.author.name == author.name && commit.author.email == author.email
            && commit.message.contains("\n\(stateTrailer): ")
    }
}
