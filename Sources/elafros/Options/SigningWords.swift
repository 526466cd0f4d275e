internal import ArgumentParser
internal import Git
internal import GitOps

/// Who signs reports, and whose signatures are believed.
struct SigningWords: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Sign the commits of reports with this private SSH key. Default: the file that ELAFROS_REPORT_KEY names.",
            valueName: "file"
        )
    )
    var reportKey: String?

    @Flag(help: "Refuse a report branch whose last commit nobody signed who is believed.")
    var reportVerify = false

    @Option(
        help: ArgumentHelp(
            "Believe the keys in this file: of allowed signers, or a .pub file. Default: the signing key alone.",
            valueName: "file"
        )
    )
    var reportSigners: String?
}

extension SigningWords {
    /// Whether any of them is named.
    var areNamed: Bool { reportKey != nil || reportVerify || reportSigners != nil }

    /// The keys that the words name.
    ///
    /// - Throws: where a file cannot be read, or holds none that is taken.
    func signing(in session: Session) throws -> CommitSigning {
        var signing = try CommitSigning.fromEnvironment(of: session)
        if let reportKey {
            let path = session.absolute(reportKey)
            signing.key = try SigningKey(Files.read(path), named: path)
        }
        if let reportSigners {
            let path = session.absolute(reportSigners)
            signing.allowed = try AllowedSigners(Files.read(path), named: path)
        }
        return signing
    }
}

extension CommitSigning {
    /// The key in the file that `ELAFROS_REPORT_KEY` names, where it names one.
    static func fromEnvironment(of session: Session) throws -> CommitSigning {
        guard let file = session.environment["ELAFROS_REPORT_KEY"], !file.isEmpty else { return CommitSigning() }
        let path = session.absolute(file)
        return CommitSigning(key: try SigningKey(Files.read(path), named: path))
    }
}

extension SyncDefinition {
    /// What signs its reports: what the file of Syncs grants; for one that the command line names, what it says, else the
    /// environment.
    func signing(in session: Session) throws -> CommitSigning {
        if let reportSecrets { return try reportSecrets.signing { try Files.read($0) } }
        if options.isOfFile || options.reportSigning.key != nil { return options.reportSigning }
        return try .fromEnvironment(of: session)
    }
}
