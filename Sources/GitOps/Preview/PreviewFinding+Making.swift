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

    /// What the plan has to say; what the plan of the base alone says too is old.
    static func about(_ plan: Plan, base: Plan) -> [PreviewFinding] {
        // A line more above it makes an old error no new one.
        let known = Set(base.findings.map(Said.init))
        // That a document is of somebody else's kind is nothing that a merge brings.
        let worth = plan.findings.filter { $0.severity != .note || $0.key != nil }
        var findings = worth.map {
            PreviewFinding(topic: .manifest, finding: $0, isOld: known.contains(Said($0)))
        }
        if let refusal = plan.pruneRefusal {
            findings.append(PreviewFinding(.guarded, .error, refusal.message, isOld: base.pruneRefusal == refusal))
        }
        if plan.isRefusedWhole {
            let message = "nothing would be applied, as --atomic asks for where a manifest is wrong; mend the errors"
            findings.append(PreviewFinding(.guarded, .error, message, isOld: base.isRefusedWhole))
        }
        return findings
    }

    /// A finding but for its place in the file.
    private struct Said: Hashable {
        let path: String
        let message: String
        let key: Key?

        init(_ finding: Finding) {
            path = finding.path
            message = finding.diagnostic.message
            key = finding.key
        }
    }

    /// What is wrong with an object in the end; nil where nothing is.
    static func about(_ readiness: Readiness, in end: State, before live: State) -> PreviewFinding? {
        let message: String
        let severity: Diagnostic.Severity
        switch readiness.standing {
        case .ready: return nil
        case .failed: (severity, message) = (.error, "ends up failed")
        case .starting: (severity, message) = (.error, "never becomes ready")
        case .rollingOut: (severity, message) = (.error, "has a rollout that cannot finish")
        case .waitingForBuilder: (severity, message) = (.warning, "waits for a builder, and there is none")
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
            isOld: live[readiness.key].map { Readiness($0, in: live) } == readiness
        )
    }

    /// That a cap ended the run.
    static func neverRests(after duration: Duration) -> PreviewFinding {
        let hours = duration.components.seconds / 3_600
        let time = hours > 0 ? "\(hours) hours" : "\(duration.components.seconds) s"
        return PreviewFinding(
            .neverRests,
            .error,
            "the objects do not come to rest within \(time) of virtual time; the timeline is cut off there"
        )
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
