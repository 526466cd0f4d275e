internal import ArgumentParser
internal import Engine
internal import Git
internal import GitOps
internal import Resources

/// What is merged into what, and what is assumed.
struct PreviewWords: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The branch that is merged into. Default: the one that the Sync follows, else the remote's own.",
            valueName: "ref"
        )
    )
    var base: RefWord?

    @Option(
        help: ArgumentHelp(
            "What is merged: a branch, a whole commit id, a reference as refs/pull/7/head, or WORKDIR for the files as they "
                + "stand on the disk.",
            valueName: "ref"
        )
    )
    var head: HeadWord

    @Option(
        help: ArgumentHelp(
            "The merge as the forge made it: a commit, or a reference as refs/pull/7/merge. Default, and where it is of another "
                + "base or head: merged in memory.",
            valueName: "ref"
        )
    )
    var merged: RefWord?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("When the merge is synced: 2026-05-31T12:00:00Z. Default: now.", valueName: "time")
    )
    var at: InstantWord?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long a new Revision takes to become ready: 20s, 1m30s; from 120s on it misses its deadline. Default: no "
                + "time, as for whoever runs services here.",
            valueName: "time"
        )
    )
    var readyAfter: Span?

    @Option(
        help: ArgumentHelp(
            "What becomes of every Build: succeed, fail, source-missing or hang. Default: there is no builder, and Builds wait.",
            valueName: "outcome"
        )
    )
    var builds: BuildsWord?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long a Build takes to succeed or fail.", valueName: "time")
    )
    var buildsAfter = Span(.seconds(30))
}

extension PreviewWords {
    /// What is assumed of Builds.
    var buildOutcome: SimulatedBuilder.Outcome? {
        switch builds {
        case nil: nil
        case .succeed: .succeeds(after: buildsAfter.duration)
        case .fail: .stepFails(index: 0, code: 1, log: "assumed to fail", after: buildsAfter.duration)
        case .sourceMissing: .sourceMissing(error: "assumed to be missing")
        case .hang: .hangs
        }
    }
}

/// What becomes of every Build.
enum BuildsWord: String, ExpressibleByArgument, CaseIterable {
    case succeed, fail, hang
    case sourceMissing = "source-missing"
}

/// Something of a remote that a merge can be of: a branch, a whole commit id, or a reference by its whole name.
struct RefWord: Hashable, Sendable, ExpressibleByArgument {
    /// What it names.
    let follow: Follow

    /// Reads one; nil for what git takes for no name.
    init?(argument: String) {
        if let id = ObjectID(hex: argument) {
            follow = .commit(id)
        } else if argument.hasPrefix("refs/"), !argument.hasPrefix("refs/heads/") {
            follow = .reference(argument)
        } else if argument != "HEAD", let branch = BranchName(argument: argument) {
            follow = .branch(branch.text)
        } else {
            return nil
        }
    }
}

/// What is merged: what a `RefWord` names, or `WORKDIR`.
struct HeadWord: Hashable, Sendable, ExpressibleByArgument {
    /// What it names.
    let head: PreviewRequest.Head

    /// Reads one; nil for what git takes for no name.
    init?(argument: String) {
        if argument == "WORKDIR" {
            head = .workTree
        } else if let ref = RefWord(argument: argument) {
            head = .remote(ref.follow)
        } else {
            return nil
        }
    }
}

/// An instant of the command line, in RFC 3339.
struct InstantWord: Hashable, Sendable, ExpressibleByArgument {
    /// The instant.
    let instant: Instant

    /// Reads one; nil for anything else.
    init?(argument: String) {
        guard let instant = Instant(argument) else { return nil }
        self.instant = instant
    }
}

/// From which findings on a preview is a failure.
enum FailOnWord: String, ExpressibleByArgument, CaseIterable {
    case error, warning
}
