internal import Git
internal import Resources
internal import YAML

/// Where reports go, and who signs them.
extension SyncReading {
    mutating func readReport(_ options: inout SyncOptions) {
        if let branch = text(["report", "branch"]) {
            options.reportBranch = branch
            if !GitName.isBranch(branch) {
                refuse(["spec", "report", "branch"], "git takes no branch called \"\(branch)\"")
            }
            if options.follow == .branch(branch) {
                refuse(["spec", "report", "branch"], "this is the branch that is followed; choose another for reports")
            }
        }
        if case .file(let folder, _) = ground {
            options.reportDirectory = text(["report", "directory"]).map { Self.absolute($0, in: folder) }
        }
        options.reportNotes = spec["report"]?["notes"]?.bool ?? false
        options.verifiesReport = spec["report"]?["verify"]?.bool ?? false
        guard let keep = spec["report"]?["keep"]?.int else { return }
        options.reportKeep = keep
        if keep < 1 { refuse(["spec", "report", "keep"], "\(keep) is no number of commits; write 1 or more") }
        if options.reportBranch == nil {
            refuse(["spec", "report", "keep"], "keep says how many commits of the branch stay; add spec.report.branch")
        }
    }

    /// What reports are signed with; a repository names only what is granted for its address.
    mutating func reportSecrets(_ options: SyncOptions) -> CredentialsGrant? {
        if options.verifiesReport, spec["report"]?["secretRef"] == nil {
            refuse(
                ["spec", "report", "verify"],
                "nothing signs the report, so that it could never be verified; name Credentials with a signingKey in "
                    + "spec.report.secretRef"
            )
        }
        let address = addressToGrant(options.remote)
        guard spec["report"]?["secretRef"] != nil, let grant = grant(["report", "secretRef"], for: address) else {
            return nil
        }
        if grant.sources[.signingKey] == nil {
            refuse(
                ["spec", "report", "secretRef", "name"],
                "Credentials \(grant.name) have no signingKey; say there in which file it is"
            )
        }
        if options.reportBranch == nil, !options.reportNotes {
            refuse(
                ["spec", "report", "secretRef"],
                "nothing is committed that could be signed; add spec.report.branch"
            )
        }
        return grant
    }
}
