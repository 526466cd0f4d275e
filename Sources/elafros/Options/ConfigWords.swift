internal import ArgumentParser
internal import Git
internal import GitOps
internal import Resources
internal import YAML

/// A file with Sync objects, in the place of the words that say what is followed.
struct ConfigWords: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Follow the Sync objects in this file. `elafros init` prints one to begin with.",
            valueName: "file"
        )
    )
    var config: String?
}

extension ConfigWords {
    /// The file; nil where none was named.
    ///
    /// - Throws: `Failure` where anything in it is wrong; all of that is printed before.
    func file(in session: Session) throws -> ConfigFile? {
        try config.map { config in
            try Self.file(config, in: session) { session.console.writeError($0 + "\n") }
        }
    }

    /// A file in which nothing is wrong.
    ///
    /// - Parameter tell: is given what was found in it, a line each.
    /// - Throws: `Failure` where anything in it is wrong.
    static func file(_ config: String, in session: Session, tell: (String) -> Void) throws -> ConfigFile {
        let file = try read(config, in: session)
        let lines = FindingLines(paint: session.console.errorPaint)
        for finding in file.findings { tell(lines.line(finding)) }
        guard !file.hasErrors else {
            throw Failure(.invalid, config, "nothing of it counts until this is mended")
        }
        return file
    }

    /// Reads a file, whatever is in it.
    static func read(_ config: String, in session: Session) throws -> ConfigFile {
        let bytes: [UInt8]
        // What a folder holds is called otherwise than the folder.
        switch try session.files(config).first(where: { $0.name == config })?.content {
        case .bytes(let read)?: bytes = read
        case .finding(let finding)?: throw Failure(.cannotRun, config, finding.message)
        case nil: throw Failure(.cannotRun, config, "a folder, not a file; name the file with the Sync objects")
        }
        let path = session.absolute(config)
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? session.directory
        return ConfigFile(bytes, path: config, folder: folder.isEmpty ? "/" : folder)
    }
}

extension SyncDefinition {
    /// With what its remote is reached: what the file grants; for one that the command line names, what the environment
    /// holds. A file's Sync without Credentials gets no secret of the environment, which may be meant for another host.
    func credentials(in session: Session) throws -> Credentials {
        if !options.isOfFile { return .fromEnvironment(session.environment) }
        // A file's secrets are those of whoever follows it, and not of the process that hands a command over.
        let environment = session.environment.merging(session.daemon?.environment ?? [:]) { $1 }
        var found: Credentials
        if let credentials {
            found = try credentials.credentials(environment: environment) { try Files.read($0) }
        } else {
            found = .fromEnvironment(environment)
            found.http = nil
            found.sshKey = nil
        }
        // It would open whatever the agent's keys open.
        if !mayUseAgent { found.usesAgent = false }
        return found
    }

    /// What is followed and when, in a line: `https://example.com/acme/shop, branch main, as Sync shop, every 30s`.
    var summary: String {
        var text = "\(options.remote), \(options.follow), as Sync \(name)"
        if let interval = cadence.interval { text += ", every \(interval.pause)" }
        if let schedule = cadence.schedule { text += ", at \"\(schedule.text)\"" }
        return text
    }
}
