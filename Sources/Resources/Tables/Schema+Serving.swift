internal import YAML

extension Schema {
    /// `spec` of a Service (specification §2.1), in our shape or in Knative's.
    static let service = Schema(
        "Service spec",
        alternatives: [ServiceSpec.modeNames + ["template"]] + ServiceSpec.modeNames.map { [$0, "traffic"] },
        modeFields + knativeFields
    )

    /// The same in our shape alone.
    static let modes = Schema("Service spec", modeFields)

    private static let modeFields = [
        Field("runLatest", .record(runLatest), "The newest ready Revision gets all traffic."),
        Field("pinned", .record(pinned), "One chosen Revision gets the traffic."),
        Field("release", .record(release), "One or two chosen Revisions share the traffic."),
        Field("manual", .record(manual), "Configuration and Route are left to their authors."),
        specGeneration,
    ]

    private static let runLatest = Schema("runLatest", [serviceRolloutField, configurationField])

    private static let pinned = Schema(
        "pinned",
        [
            Field("revisionName", .string, "The Revision that gets the traffic."),
            Field("rolloutPercent", .integer, "How much of it the newest Revision gets instead, 0 to 100."),
            serviceRolloutField,
            configurationField,
        ]
    )

    private static let release = Schema(
        "release",
        [
            Field("revisions", .list(.string), "The current Revision, and the candidate where there is one."),
            Field("rolloutPercent", .integer, "How much traffic the candidate gets, 0 to 99."),
            serviceRolloutField,
            configurationField,
        ]
    )

    private static let manual = Schema("manual", [])

    private static let serviceRolloutField = Field(
        "rollout",
        .record(Schema("rollout", rolloutStepFields)),
        "How traffic moves to a newer Revision of the Configuration; the Route's `rollout` gets it."
    )

    /// Our extension of a rollout.
    private static let rolloutStepFields = [
        Field(
            "steps",
            .list(.rolloutStep),
            "The percents of a target's traffic that have moved after each step: [5, 25, 50]."
        ),
        Field("interval", .string, "The time between two steps, as in 10m."),
    ]

    private static let configurationField = Field(
        "configuration",
        .record(serviceConfiguration),
        "The whole spec of the Service's Configuration."
    )

    /// `configuration` in a Service, where the fields of the Revision may also stand directly.
    static let serviceConfiguration = Schema(
        "configuration",
        configuration.fields
            + templateRevision.fields.filter { $0.name != specGeneration.name }.map {
                Field($0.name, $0.type, $0.documentation, aliases: $0.aliases, movesTo: ["revisionTemplate", "spec"])
            }
    )

    /// `spec` of a Configuration (§3.1).
    static let configuration = Schema(
        "Configuration spec",
        [
            specGeneration,
            Field("build", .record(build), "How the image is built; absent where it exists already."),
            Field("revisionTemplate", .record(revisionTemplate), "What the next Revision looks like."),
        ]
    )

    /// `revisionTemplate` of a Configuration.
    static let revisionTemplate = Schema(
        "revisionTemplate",
        [
            Field("metadata", .record(metadata), "Labels and annotations for the Revision, and a name of one's own."),
            Field("spec", .record(templateRevision), "The Revision's spec."),
        ]
    )

    /// `spec` of a Revision (§4.1).
    static let revision = revisionTable(
        "Revision spec",
        servingState: Default(value: .string(RevisionSpec.ServingState.active.rawValue), unless: nil)
    )

    /// The same in a template, where the system's own field has no default because it may not be there.
    static let templateRevision = revisionTable("revisionTemplate spec", servingState: nil)

    private static func revisionTable(_ name: String, servingState: Default?) -> Schema {
        Schema(
            name,
            alternatives: [["concurrencyModel", "containerConcurrency"]],
            [
                Field("buildName", .string, "The Build that makes the image."),
                Field("serviceAccountName", .string, "The account that the Revision runs as."),
                Field("container", .record(container), "What runs."),
                Field(
                    "concurrencyModel",
                    .string,
                    "How many requests an instance takes at a time: Single or Multi.",
                    default: Default(value: "Multi", unless: "containerConcurrency")
                ),
                Field("containerConcurrency", .integer, "The same as a number; 0 for no limit."),
                Field("timeoutSeconds", .integer, "How long an instance may take to begin its answer."),
                Field(
                    "servingState",
                    .string,
                    "Whether the Revision is kept ready; set by Elafros.",
                    default: servingState
                ),
                specGeneration,
            ]
        )
    }

    /// `spec` of a Route (§5.1); the form that the author chose is kept.
    static let route = Schema(
        "Route spec",
        alternatives: [["rollout", "traffic"]],
        [
            Field(
                "rollout",
                .record(Schema("rollout", [trafficField] + rolloutStepFields)),
                "How traffic is divided, and how it moves."
            ),
            trafficField,
            specGeneration,
        ]
    )

    private static let trafficField = Field(
        "traffic",
        .list(.record(trafficTarget)),
        "The targets; their percents sum to 100."
    )

    private static let trafficTarget = Schema(
        "traffic target",
        [
            Field("name", .string, "Serves the target on a host of its own.", aliases: ["tag"]),
            Field("revisionName", .string, "That Revision and no other."),
            Field("configurationName", .string, "The newest ready Revision of that Configuration."),
            Field("percent", .integer, "Of the Route's requests."),
        ]
    )
}
