extension Schema {
    /// `spec` of a Build, and `build` of a Configuration (specification §6.1).
    static let build = Schema(
        "build spec",
        alternatives: [["steps", "template"]],
        [
            Field("source", .record(source), "What is built."),
            Field("steps", .list(.record(step)), "Containers that run one after another."),
            Field("template", .record(templateInstantiation), "A BuildTemplate, instead of steps."),
            Field("volumes", .list(.record(volume)), "Volumes for the steps to mount."),
            Field("serviceAccountName", .string, "The account that the build runs as; its secrets give access."),
            Field("timeout", .string, "How long the build may take, as in 10m."),
            Field("status", .string, "BuildCancelled asks for the end of the build."),
            specGeneration,
        ]
    )

    private static let source = Schema(
        "source",
        alternatives: [["git", "gcs", "custom"]],
        [
            Field("git", .record(gitSource), "A git repository."),
            Field("gcs", .record(storageSource), "An archive or a manifest in object storage."),
            Field("custom", .record(step), "A container that fetches the source."),
        ]
    )

    private static let gitSource = Schema(
        "git source",
        alternatives: [["branch", "tag", "ref", "commit"]],
        [
            Field("url", .string, "Where the repository is."),
            Field("branch", .string, "A branch."),
            Field("tag", .string, "A tag."),
            Field("ref", .string, "Any ref, such as refs/pull/1/head."),
            Field("commit", .string, "A commit; a branch or tag is understood as well.", aliases: ["revision"]),
        ]
    )

    private static let storageSource = Schema(
        "gcs source",
        [
            Field("type", .word(["Archive", "Manifest"]), "What lies at the location."),
            Field("location", .string, "A gs:// or https:// address."),
        ]
    )

    private static let templateInstantiation = Schema(
        "template",
        [
            Field("name", .string, "The BuildTemplate's name."),
            Field("kind", .word(["BuildTemplate", "ClusterBuildTemplate"]), "The template's kind."),
            Field("namespace", .string, "The BuildTemplate's namespace; the Build's own where nothing is said."),
            Field("arguments", .list(.record(argument)), "Values for the template's parameters."),
            Field("env", .list(.record(environmentVariable), .byKey("name")), "Variables for all steps."),
        ]
    )

    private static let argument = Schema(
        "argument",
        [
            Field("name", .string, "The parameter's name."),
            Field("value", .string, "Its value."),
        ]
    )

    /// `spec` of a BuildTemplate (§7).
    static let buildTemplate = Schema(
        "BuildTemplate spec",
        [
            Field("parameters", .list(.record(parameter)), "What builds may or must fill in."),
            Field("steps", .list(.record(step)), "Containers that run one after another."),
            Field("volumes", .list(.record(volume)), "Volumes for the steps to mount."),
            specGeneration,
        ]
    )

    private static let parameter = Schema(
        "parameter",
        [
            Field("name", .string, "As ${NAME} in the steps."),
            Field("description", .string, "What it is for."),
            Field("default", .string, "What applies without an argument; a parameter without one is required."),
        ]
    )

    /// A volume: its name, and one of Kubernetes' kinds of volume, of which we read nothing.
    private static let volume = Schema(
        "volume",
        [Field("name", .string, "What mounts call it.")]
            + [
                "hostPath", "emptyDir", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "secret", "nfs",
                "iscsi",
                "glusterfs", "persistentVolumeClaim", "rbd", "flexVolume", "cinder", "cephfs", "flocker", "downwardAPI",
                "fc", "azureFile", "configMap", "vsphereVolume", "quobyte", "azureDisk", "photonPersistentDisk",
                "projected", "portworxVolume", "scaleIO", "storageos", "csi",
            ].map { Field($0, .any, "As in Kubernetes' core/v1.") }
    )
}
