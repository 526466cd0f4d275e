extension Schema {
    /// `metadata` of an object (specification §1.3), and of a template, whose name is the next Revision's.
    static let metadata = Schema(
        "metadata",
        [
            Field("name", .string, "Unique among the objects of one kind and namespace."),
            Field("generateName", .string, "A prefix for a made-up name; manifests in git need a name instead."),
            Field("namespace", .string, "Where the object lives; `default` where nothing is said."),
            Field("labels", .stringMap, "What selectors look for."),
            Field("annotations", .stringMap, "Notes for people and programs."),
            Field(
                "ownerReferences",
                .list(.record(ownerReference), .byKey("uid")),
                "The objects that this one belongs to and is deleted with."
            ),
            Field("finalizers", .list(.string, .union), "Who must agree before the object is deleted."),
            Field("uid", .ignored, "Set by the server."),
            Field("resourceVersion", .ignored, "Set by the server."),
            Field("generation", .ignored, "Set by the server."),
            Field("creationTimestamp", .ignored, "Set by the server."),
            Field("deletionTimestamp", .ignored, "Set by the server."),
            Field("deletionGracePeriodSeconds", .ignored, "Set by the server."),
            Field("selfLink", .ignored, "Set by the server."),
            Field("clusterName", .ignored, "Set by the server."),
            Field("initializers", .ignored, "Set by the server."),
            Field("managedFields", .ignored, "Set by the server."),
        ]
    )

    private static let ownerReference = Schema(
        "owner reference",
        [
            Field("apiVersion", .string, "The owner's group and version."),
            Field("kind", .string, "The owner's kind."),
            Field("name", .string, "The owner's name."),
            Field("uid", .string, "The owner's uid."),
            Field("controller", .boolean, "Whether the owner's reconciler writes this object."),
            Field("blockOwnerDeletion", .boolean, "Whether the owner waits for this object's deletion."),
        ]
    )

    /// What the original's `spec.generation` was; clients of 2018 still write it.
    static let specGeneration = Field("generation", .ignored, "Not used; see `metadata.generation`.")
}
