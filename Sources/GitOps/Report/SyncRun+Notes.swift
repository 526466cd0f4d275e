internal import Git
internal import Resources
internal import Store
internal import YAML

/// The git note on the commit that a sync applied, which tells what came of it where people look at the commit.
extension SyncRun {
    /// Which notes: `refs/notes/elafros`, which `git notes --ref=elafros show` prints.
    public static let notesName = "elafros"

    private var key: Key { Key(.sync, "", options.name) }

    /// What is noted in the transaction that ends a sync: whether the note on its commit says something else than it does. So
    /// a note that could not be pushed, or that a crash came before, is written by the next sync.
    func owedNote(on result: SyncResult, _ state: State) -> [Change] {
        guard var status = state[key]?.syncStatus else { return [] }
        let section = NoteSection(options.name, on: result.commit.hex, in: state)
        let digest = section?.digest(on: result.commit.hex)
        let isOwed = options.reportNotes && digest != nil && digest != status.note
        guard status.isNoteOwed != isOwed else { return [] }
        status.isNoteOwed = isOwed
        return [.setStatus(key, .sync(status))]
    }

    /// Has the note on the sync's commit say what the commit came to, unless it does.
    ///
    /// A note is a courtesy: a remote that wants none is told of, and holds up nothing. What else goes wrong is a report's
    /// failure, and the next sync writes the note.
    func annotate(_ result: inout SyncResult, _ statistics: inout SyncStatistics) async throws {
        let state = store.state
        let commit = result.commit
        if case .movedByAnotherRunner? = result.report?.branch { return }
        guard options.reportNotes, let status = state[key]?.syncStatus, status.isNoteOwed,
            let section = NoteSection(options.name, on: commit.hex, in: state)
        else { return }
        // Nothing leaves the process that a crash could take back.
        try await store.flush()
        do {
            try requireKey()
            result.note = try await statistics.time("note") {
                try await mirror.annotate(
                    commit,
                    in: Self.notesName,
                    message: "Note of \(options.name) on \(commit.short) [skip ci]\n\n"
                        + "\(ReportBranch.stateTrailer): \(state.id)\n\(ReportBranch.syncTrailer): \(options.name)\n",
                    author: .elafros(at: clock.now()),
                    signedBy: options.reportSigning.key
                ) { section.put(in: $0) }
            }
        } catch let error as GitError where error.kind == .rejected {
            let advice = "have it take pushes to refs/notes/\(Self.notesName), or leave the notes out"
            result.findings.append(
                Finding(path: "", Diagnostic(.warning, at: nil, "no note on \(commit.short): \(error); \(advice)"))
            )
            return
        } catch let error where error is GitError || error is ReportError {
            if result.reportFailure == nil { result.reportFailure = error }
            return
        }
        let (key, now) = (key, clock.now())
        try await store.commit(durably: true) { state in
            guard var status = state[key]?.syncStatus else { return }
            status.note = section.digest(on: commit.hex)
            status.isNoteOwed = false
            try state.apply([.setStatus(key, .sync(status))], at: now)
        }
    }
}
