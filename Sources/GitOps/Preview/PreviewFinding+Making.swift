internal import Engine
internal import Git
internal import Resources
internal import Store
internal import YAML

extension PreviewFinding {
    private init(
        _ topic: Topic,
        _ severity: Diagnostic.Severity,
        path: String = "",
        _ message: String,
        isOld: Bool = false
    ) {
        let finding = Finding(path: path, Diagnostic(severity, at: nil, message))
        self.init(topic: topic, finding: finding, isOld: isOld)
    }

    /// What the merge itself has to say.
    static func about(_ merge: Merge, base: String) -> [PreviewFinding] {
        merge.conflicts.map { path in
            let advice =
                "merge \(base) into the head and settle it there, or pass the forge's own merge as --merged if it "
                + "has one"
            return PreviewFinding(
                .conflict,
                .error,
                path: "\(path)",
                "both sides changed this file in ways that do not go together; \(advice)"
            )
        }
            + merge.movedFolders.map { path in
                PreviewFinding(
                    .movedFolder,
                    .warning,
                    path: "\(path)",
                    "one side moved this folder away and the other put a file into it, which git may move along; pass the "
                        + "forge's own merge as --merged to be sure"
                )
            }
            + merge.mergedFiles.map { path in
                PreviewFinding(
                    .mergedFile,
                    .note,
                    path: "\(path)",
                    "both sides changed this file, and git may merge its lines otherwise; pass the forge's own merge as "
                        + "--merged to be sure"
                )
            }
    }

    /// That somebody else's merge was not taken.
    static func stale(_ merged: Follow, _ commit: ObjectID, without missing: String) -> PreviewFinding {
        let name = if case .commit = merged { "\(merged)" } else { "\(merged) (\(commit.short))" }
        return PreviewFinding(
            .staleMerge,
            .warning,
            "the history of \(name) does not hold \(missing): it is of another moment, or no merge of the two; they were "
                + "merged here instead"
        )
    }

    /// What the merge's plan has to say; what the base alone says too is old.
    static func about(_ merged: PreviewCourse, besides alone: PreviewCourse) -> [PreviewFinding] {
        let (plan, base) = (merged.plan, alone.plan)
        // No plan says what is worth knowing of files that it does not read; their records do.
        let told = Set(base.findings)
        let recorded = merged.records.compactMap { alone.state[$0].map(ManifestRecord.init)?.findings }.joined()
        var known = KnownFindings(base.findings + recorded.filter { !told.contains($0) }, besides: plan.findings)
        // That a document is of somebody else's kind is nothing that a merge brings.
        let worth = plan.findings.filter { $0.severity != .note || $0.key != nil || $0.path.isEmpty }
        var findings = worth.map { PreviewFinding(topic: .manifest, finding: $0, isOld: known.take($0)) }
        if let refusal = plan.pruneRefusal {
            findings.append(PreviewFinding(.guarded, .error, refusal.message, isOld: base.pruneRefusal == refusal))
        }
        if plan.isRefusedWhole {
            let message = "nothing would be applied, as --atomic asks for where a manifest is wrong; mend the errors"
            findings.append(PreviewFinding(.guarded, .error, message, isOld: base.isRefusedWhole))
        }
        return findings
    }

    /// What is wrong with an object in the end; nil where nothing is.
    ///
    /// - Parameter isOld: whether it ends so on the base alone.
    static func about(
        _ readiness: Readiness,
        in end: State,
        _ ending: RunToRest.Ending,
        isOld: Bool
    ) -> PreviewFinding? {
        let message: String
        let severity: Diagnostic.Severity
        switch (readiness.standing, ending) {
        case (.ready, _): return nil
        case (.failed, _): (severity, message) = (.error, "ends up failed")
        case (.waitingForBuilder, _): (severity, message) = (.warning, "waits for a builder, and there is none")
        case (.starting, .timeIsUp): (severity, message) = (.warning, "is not ready when the preview ends")
        case (.rollingOut, .timeIsUp): (severity, message) = (.warning, "is still rolling out when the preview ends")
        case (.starting, _): (severity, message) = (.error, "never becomes ready")
        case (.rollingOut, _): (severity, message) = (.error, "has a rollout that cannot finish")
        }
        let origin = end[readiness.key]?.origin
        let said = [readiness.reason, readiness.message].compactMap { $0 }.filter { !$0.isEmpty }
        let why = said.isEmpty ? "" : " (\(said.joined(separator: ": ")))"
        let position = origin.map { Position(line: $0.line, column: 1) }
        return PreviewFinding(
            topic: .notReady,
            finding: Finding(
                path: origin.map { "\(GitPath($0.path))" } ?? "",
                Diagnostic(severity, at: position, "\(readiness.key) \(message)\(why)"),
                key: readiness.key
            ),
            isOld: isOld
        )
    }

    /// That a wave never goes.
    static func about(_ wave: WaitingWave, isOld: Bool) -> PreviewFinding {
        PreviewFinding(.notReady, .error, "\(wave.sentence) when the preview ends", isOld: isOld)
    }

    /// That nothing of it comes before somebody resumes the Sync; no merge brings that.
    static func about(_ suspension: SyncStatus.Suspension?, of sync: String) -> [PreviewFinding] {
        guard let suspension else { return [] }
        let message = "Sync \(sync) is suspended \(suspension.text): what follows here comes when somebody resumes it"
        return [PreviewFinding(.guarded, .warning, message, isOld: true)]
    }

    /// That a cap ended the run; nil where none did.
    static func about(_ ending: RunToRest.Ending, isOld: Bool) -> PreviewFinding? {
        switch ending {
        case .rest: nil
        case .timeIsUp:
            PreviewFinding(
                .neverRests,
                .warning,
                "something is still to come after \(RunToRest.longest.components.seconds / 3_600) hours, as far as a preview looks "
                    + "ahead; the timeline ends there",
                isOld: isOld
            )
        case .neverRests:
            PreviewFinding(
                .neverRests,
                .error,
                "the objects do not come to rest; the timeline is cut off where there seems to be no end",
                isOld: isOld
            )
        }
    }
}

extension PreviewFinding: Comparable {
    /// Errors first, then by topic, path, place and text.
    public static func < (a: PreviewFinding, b: PreviewFinding) -> Bool {
        let (left, right) = (a.weight, b.weight)
        return left == right ? a.finding < b.finding : left < right
    }

    private var weight: Int {
        let severity = Diagnostic.Severity.allCases.firstIndex(of: finding.severity) ?? 0
        return severity * Topic.allCases.count + (Topic.allCases.firstIndex(of: topic) ?? 0)
    }
}
