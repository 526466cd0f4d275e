internal import Git
internal import Resources
internal import Store

/// A branch that shows a report.
struct ReportBranch {
    let name: String
    let mirror: Mirror
    /// What the pushes of this state are known by, as it is now: a Sync beside this one may have drawn its own meanwhile.
    var runners: @Sendable () -> [String] = { [] }

    /// How often to build on top of a branch that others move.
    private static let maxAttempts = 5

    /// Commits what differs on top of where the branch stands.
    ///
    /// The branch's tree decides: where it is as wanted, whoever pushed it, nothing is written. So doing it again after a
    /// crash between push and note finds it done.
    func write(
        _ state: State,
        _ scope: ReportScope,
        sync: Object,
        _ context: ReportContext
    ) async throws -> (ReportOutcome.Branch, ReportUpdate) {
        var head = try await knownHead(scope, sync)
        var isFull = context.isFull || head == nil
        for _ in 0..<Self.maxAttempts {
            if context.verifies, !context.adopts, let head { try await verify(head, context.signing) }
            let previous = try await isFull ? nil : summary(in: head)
            var update = try await ReportUpdate.make(of: state, scope, previous: previous, isFull: isFull)
            if isFull, let head {
                update.remove(
                    try await mirror.files(in: head).keys.filter(\.isText).map(\.text).filter(ReportPath.isOurs)
                )
            }
            let published = try await mirror.publish(
                branch: name,
                parent: head,
                changes: update.files,
                message: message(state, scope, sync, update.totals, context),
                author: .elafros(at: context.now),
                signing: context.signing
            )
            for file in update.files where file.content == nil { update.noteRemoved(file.path) }
            switch published {
            case .unchanged(let head): return (.unchanged(head), update)
            case .pushed(let id, let skippedHooks): return (.pushed(id, skippedHooks: skippedHooks), update)
            case .moved:
                let found = try await mirror.fetchBranch(name)
                if let found, let result = try await inspect(found, state, scope, context, base: head) {
                    return (result, update)
                }
                // Somebody else's commit is kept, and ours goes on top; a branch that is gone is begun anew.
                head = found
                isFull = true
            }
        }
        throw ReportError(
            .moved,
            path: name,
            "the branch moved \(Self.maxAttempts) times while the report was pushed; sync again"
        )
    }

    /// The commit that the branch stood at after the last push that this state knows of.
    private func knownHead(_ scope: ReportScope, _ sync: Object) async throws -> ObjectID? {
        let ids = scope.syncs.compactMap { $0.syncStatus.reportCommit.flatMap { ObjectID(hex: $0) } }
        var known = ids.first
        if ids.count > 1 {
            // Several Syncs push to one branch: the last of them knows where it stands.
            let head = try await mirror.head(ofRemoteBranch: name)
            known = ids.first { $0 == head } ?? sync.syncStatus.reportCommit.flatMap { ObjectID(hex: $0) }
        }
        guard let known else { return nil }
        // A mirror that was made anew holds what is followed, and not yet this branch.
        if await has(known) { return known }
        _ = try await mirror.fetchBranch(name)
        return await has(known) ? known : nil
    }

    private func has(_ commit: ObjectID) async -> Bool {
        // Whatever keeps the commit from being read, the answer is to fetch it.
        (try? await mirror.tree(of: commit)) != nil
    }

    /// Looks at a commit that this state does not know: nil where the report may go on top of it.
    ///
    /// - Parameter base: where this state believed the branch to be. A commit that stands on it without touching
    ///   anything of ours is somebody's own, whatever the report in it says.
    private func inspect(
        _ commit: ObjectID,
        _ state: State,
        _ scope: ReportScope,
        _ context: ReportContext,
        base: ObjectID? = nil
    ) async throws -> ReportOutcome.Branch? {
        guard let text = try await mirror.file(at: ReportPath.state, in: commit) else {
            let others = try await mirror.files(in: commit)
            if others.isEmpty || base != nil || context.adopts { return nil }
            throw ReportError(
                .refused,
                path: name,
                "this branch exists and holds no report; name another --report-branch, or pass --adopt to add the report to it"
            )
        }
        let owner = try StateFile(text, path: "\(name):\(ReportPath.state)")
        if owner.stateID == state.id {
            let info = try await mirror.commitInfo(commit)
            // A push of our own that a crash kept from being noted.
            if runners().contains(where: { info.message.contains("\n\(Self.runnerTrailer): \($0)\n") }) { return nil }
            // A commit without our trailer was made by a person, on the forge or elsewhere.
            return info.message.contains("\n\(Self.stateTrailer): \(state.id)") ? .movedByAnotherRunner(commit) : nil
        }
        if context.adopts { return nil }
        throw ReportError(
            .foreign,
            path: name,
            "this branch shows state \(owner.stateID), not \(state.id); name another --report-branch, or pass --adopt"
        )
    }

    private func summary(in commit: ObjectID?) async throws -> ReportSummary? {
        guard let commit else { return nil }
        return try await mirror.file(at: ReportPath.summary, in: commit).flatMap(ReportSummary.init(text:))
    }
}

// MARK: - The message

extension ReportBranch {
    static let stateTrailer = "Elafros-State"
    static let syncTrailer = "Elafros-Sync"
    static let runnerTrailer = "Elafros-Runner"
    static let commitTrailer = "Elafros-Source-Commit"

    /// `[skip ci]` keeps continuous integration from running for a commit that no person made.
    private func message(
        _ state: State,
        _ scope: ReportScope,
        _ sync: Object,
        _ totals: ReportTotals,
        _ context: ReportContext
    ) -> String {
        let name = sync.metadata.name
        let at = context.sourceCommit.isEmpty ? "" : " at \(context.sourceCommit.prefix(7))"
        var lines = ["\(name): \(totals.subject)\(at) [skip ci]", ""]
        if context.rewroteHistory { lines += ["The followed history was rewritten by a push with force.", ""] }
        if !context.sourceCommit.isEmpty { lines.append("\(Self.commitTrailer): \(context.sourceCommit)") }
        lines += ["\(Self.stateTrailer): \(state.id)", "\(Self.syncTrailer): \(name)"]
        if let runner = sync.syncStatus.runner { lines.append("\(Self.runnerTrailer): \(runner)") }
        return lines.joined(separator: "\n") + "\n"
    }
}
