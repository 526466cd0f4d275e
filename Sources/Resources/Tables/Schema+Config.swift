extension Schema {
    /// `spec` of a Sync as its author writes it in a configuration file.
    static let syncSpec = Schema(
        "Sync spec",
        [
            Field("url", .string, "The repository: a path, file://, http(s)://, ssh:// or user@host:path."),
            Field("ref", .record(syncReference), "What of it is followed; its default branch where nothing is said."),
            Field("path", .string, "Only the manifests in this folder of the repository."),
            Field("include", .list(.string), "Only the manifests that one of these patterns names (gitignore syntax)."),
            Field("exclude", .list(.string), "Not the manifests that one of these patterns names (gitignore syntax)."),
            Field("secretRef", .record(secretReference), "The Credentials with which the repository is reached."),
            Field(
                "interval",
                .string,
                "How often the remote is asked: 30s, 5m. With a schedule: not at all, unless said."
            ),
            Field(
                "jitter",
                .integer,
                "By how many percent of it each interval is moved at random; 10 where nothing is said."
            ),
            Field("schedule", .string, "When it syncs besides: minute, hour, day, month, weekday, as cron has them."),
            Field("timeZone", .string, "In which time zone the schedule is: Europe/Berlin. UTC where nothing is said."),
            Field(
                "missedRuns",
                .word(["run", "skip"]),
                "What becomes of scheduled runs that were missed: one run, or none."
            ),
            Field(
                "concurrency",
                .word(["forbid", "replace"]),
                "Whether a sync that still waits when the next is scheduled goes on (forbid), or gives way (replace)."
            ),
            Field("windows", .list(.record(syncWindow)), "When anything may be applied."),
            Field("suspend", .boolean, "Whether nothing is done for now."),
            Field(
                "dependsOn",
                .list(.record(nameReference)),
                "Syncs that must be in sync and ready before this one runs."
            ),
            Field("prune", .boolean, "Whether what git no longer names is deleted; true where nothing is said."),
            Field("maxPrune", .integer, "Refuse to prune more than so many percent at once; 50 where nothing is said."),
            Field("allowEmpty", .boolean, "Allow a tree without any object of this Sync to prune all that there is."),
            Field("drift", .word(["heal", "report", "ignore"]), "What becomes of changes that somebody made by hand."),
            Field("ignoreDifferences", .list(.record(ignoredDifference)), "Fields that git does not decide about."),
            Field(
                "failurePolicy",
                .word(["isolate", "atomic"]),
                "Whether an invalid manifest holds back its own objects alone, or everything."
            ),
            Field(
                "namespaces",
                .list(.string),
                "The namespaces that this source may touch; all where nothing is said."
            ),
            Field("kinds", .list(.string), "The kinds that this source may touch; all where nothing is said."),
            Field("defaultNamespace", .string, "The namespace of manifests that name none."),
            Field("domain", .string, "The suffix of the services' hosts."),
            Field("inProgress", .word(["False", "Unknown"]), "What Ready says of work in progress."),
            Field("keepRevisions", .integerOrString, "How many Revisions that nothing leads to are kept, or all."),
            Field("report", .record(reportPlaces), "Where reports go."),
            Field("wait", .word(["applied", "progressing", "ready"]), "What a sync waits for."),
            Field("timeout", .string, "How long a sync waits for it: 10s where nothing is said."),
            Field("gitTimeout", .string, "How long one exchange with the remote may take: 60s where nothing is said."),
            Field("retry", .record(retry), "When it tries again after a failure."),
            Field("webhook", .record(webhook), "Whose webhooks are taken as hints that something is new."),
        ]
    )

    private static let syncReference = Schema(
        "ref",
        [
            Field("branch", .string, "A branch."),
            Field("tag", .string, "A tag."),
            Field("semver", .string, "The newest tag of these versions: \">=1.2.0 <2.0.0\"."),
            Field("commit", .string, "One commit, named in full."),
        ]
    )

    private static let secretReference = Schema("secretRef", [Field("name", .string, "The name of the Credentials.")])

    private static let nameReference = Schema("dependsOn", [Field("name", .string, "The name of the other Sync.")])

    private static let syncWindow = Schema(
        "window",
        [
            Field("kind", .word(["allow", "deny"]), "Whether it opens or closes; a closing one wins."),
            Field("schedule", .string, "When it begins: minute, hour, day, month, weekday, as cron has them."),
            Field("duration", .string, "How long it lasts: 4h."),
            Field("timeZone", .string, "In which time zone the schedule is; UTC where nothing is said."),
        ]
    )

    private static let ignoredDifference = Schema(
        "ignoreDifferences",
        [
            Field("kind", .string, "Of which kind; any where nothing is said."),
            Field("namespace", .string, "In which namespace; any where nothing is said."),
            Field("name", .string, "Of which name; any where nothing is said."),
            Field("jsonPointers", .list(.string), "Which fields: /spec/runLatest/rollout."),
        ]
    )

    private static let reportPlaces = Schema(
        "report",
        [
            Field("branch", .string, "The branch of the repository to which reports are pushed."),
            Field("directory", .string, "The folder into which reports are written."),
            Field(
                "secretRef",
                .record(secretReference),
                "The Credentials that hold the key which signs the commits of reports, as `signingKey`."
            ),
            Field(
                "verify",
                .boolean,
                "Whether a branch whose last commit neither that key nor an allowed signer signed is refused."
            ),
            Field(
                "notes",
                .boolean,
                "Whether a git note on each commit tells what it came to, in refs/notes/elafros of the repository."
            ),
            Field(
                "keep",
                .integer,
                "How many commits of the branch are kept at least: with twice as many, the older ones go. All where nothing is said."
            ),
        ]
    )

    private static let retry = Schema(
        "retry",
        [
            Field(
                "initial",
                .string,
                "How long it waits after the first failure; as long as the interval where nothing is said."
            ),
            Field("factor", .integer, "By how much each wait is longer than the one before; 2 where nothing is said."),
            Field("max", .string, "How long it waits at most; 5m where nothing is said."),
        ]
    )

    private static let webhook = Schema(
        "webhook",
        [
            Field(
                "provider",
                .word(["github", "gitlab", "gitea", "generic"]),
                "Who calls: it decides how calls are signed."
            ),
            Field("secretRef", .record(secretReference), "The Credentials that hold the secret, as `webhookSecret`."),
        ]
    )

    /// `spec` of Credentials: secrets by where they are found, never themselves.
    static let credentialsSpec = Schema(
        "Credentials spec",
        [
            Field("urls", .list(.string), "The beginnings of the addresses that may be reached with them."),
            Field("username", .record(secretSource), "The user's name over HTTP."),
            Field("password", .record(secretSource), "The password over HTTP."),
            Field("token", .record(secretSource), "An access token over HTTP."),
            Field("sshKey", .record(secretFile), "The file of a private key for SSH."),
            Field("sshKeyPassphrase", .record(secretSource), "What that key is encrypted with."),
            Field("knownHosts", .record(secretFile), "The file of known host keys."),
            Field(
                "certificateAuthorities",
                .record(secretFile),
                "A PEM file of authorities beside those of the system."
            ),
            Field("webhookSecret", .record(secretSource), "What signs the calls of webhooks."),
            Field("signingKey", .record(secretFile), "The file of a private key that signs the commits of reports."),
            Field(
                "allowedSigners",
                .record(secretFile),
                "The file of the keys that may have signed a report: an allowed-signers file of OpenSSH, or a .pub file."
            ),
        ]
    )

    private static let secretSource = Schema(
        "secret",
        [
            Field("env", .string, "The variable of the environment that holds it."),
            Field("file", .string, "The file that holds it; a line end at its end does not count."),
        ]
    )

    private static let secretFile = Schema("secret", [Field("file", .string, "The file.")])
}
