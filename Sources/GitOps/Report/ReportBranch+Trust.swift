internal import Git
internal import YAML

/// Whose word a report branch is: the signature of its last commit, which stands for the whole tree that it shows.
extension ReportBranch {
    /// Refuses a commit that nobody signed who is believed.
    func verify(_ commit: ObjectID, _ signing: CommitSigning) async throws {
        guard let objection = signing.objection(to: try await mirror.signature(of: commit)) else { return }
        throw ReportError(
            .untrusted,
            path: name,
            "commit \(commit.short) \(objection), and only a report that is signed is to be believed; see who wrote it: if "
                + "it is right, sync once without report.verify (--report-verify), which signs it, else set the branch back"
        )
    }

    /// What a person should know about a report that a state begins with.
    static func finding(_ report: RestoredReport, _ branch: String, _ signing: CommitSigning) -> Finding? {
        guard let commit = report.reportCommit else { return nil }
        let begun = "the state begins with the report in branch \(branch), commit \(commit.short)"
        guard let objection = signing.objection(to: report.signature) else {
            return Finding(path: "", Diagnostic(.note, at: nil, "\(begun), which is signed as expected"))
        }
        // Where nobody signs, that is nothing to be alarmed about.
        let severity: Diagnostic.Severity = signing.expected == nil ? .note : .warning
        let advice = signing.expected == nil ? "" : "; see who wrote it, or have report.verify refuse it"
        return Finding(path: "", Diagnostic(severity, at: nil, "\(begun), which \(objection)\(advice)"))
    }
}
