extension Schema {
    /// A Service of `serving.knative.dev/v1` as its authors write it (specification §15.2).
    ///
    /// It is kept in this shape, so that reports, differences and patches speak it; only the engine reads it as the Configuration
    /// and the targets that it means.
    static let knativeService = wholeObject("Service", .record(knativeSpec))

    /// A Service of ours as its authors write it: without the fields of Knative's shape.
    static let modalService = wholeObject("Service", .record(modes))

    private static let knativeSpec = Schema("Service spec", knativeFields)

    /// The fields of `spec` in Knative's shape.
    static let knativeFields = [
        Field("template", .record(knativeTemplate), "What the next Revision looks like."),
        Field("traffic", .list(.record(knativeTarget)), "How traffic is divided; their percents sum to 100."),
    ]

    private static let knativeTemplate = Schema(
        "template",
        [
            Field("metadata", .record(metadata), "Labels and annotations for the Revision, and a name of one's own."),
            Field("spec", .record(knativeRevision), "The Revision's spec."),
        ]
    )

    /// What a pod has beside its container: kept, handed down to the Revision, and read by no runtime of ours yet.
    static let podFields = [
        "volumes", "imagePullSecrets", "enableServiceLinks", "responseStartTimeoutSeconds", "idleTimeoutSeconds",
        "automountServiceAccountToken", "securityContext", "nodeSelector", "affinity", "tolerations",
        "topologySpreadConstraints", "runtimeClassName", "priorityClassName", "schedulerName", "dnsPolicy", "dnsConfig",
        "hostAliases", "shareProcessNamespace",
    ]

    private static let knativeRevision = Schema(
        "template spec",
        [
            Field("serviceAccountName", .string, "The account that the Revision runs as."),
            Field("containers", .list(.record(knativeContainer)), "What runs: one container."),
            Field("containerConcurrency", .integer, "How many requests an instance takes at a time; 0 for no limit."),
            Field("timeoutSeconds", .integer, "How long an instance may take to begin its answer."),
        ] + podFields.map { Field($0, .any, "As in Kubernetes' core/v1 and Knative's serving/v1.") }
    )

    private static let knativeTarget = Schema(
        "traffic target",
        [
            Field("tag", .string, "Serves the target on a host of its own.", aliases: ["name"]),
            Field("revisionName", .string, "That Revision and no other."),
            Field("latestRevision", .boolean, "The newest ready Revision."),
            Field("percent", .integer, "Of the Service's requests."),
            Field("url", .ignored, "Set by the server."),
        ]
    )
}
