extension Schema {
    /// Kubernetes' core/v1 Container, as of 1.10 (specification §4.1).
    static let container = containerTable("container")

    /// The same as a step of a build.
    static let step = containerTable("step")

    /// The same in Knative's shape, which is of a later Kubernetes.
    static let knativeContainer = containerTable(
        "container",
        later: [
            Field("startupProbe", .record(probe), "How one sees that it has begun."),
            Field("resizePolicy", .any, "What a change of its resources does."),
        ]
    )

    private static func containerTable(_ name: String, later: [Field] = []) -> Schema {
        Schema(
            name,
            [
                Field("name", .string, "The container's name."),
                Field("image", .string, "What runs."),
                Field("command", .list(.string), "Instead of the image's entry point."),
                Field("args", .list(.string), "Arguments of the command."),
                Field("workingDir", .string, "Where the command starts."),
                Field("ports", .list(.record(port), .byKey("containerPort")), "Ports that are open."),
                Field("envFrom", .list(.record(environmentSource)), "Variables from whole maps and secrets."),
                Field("env", .list(.record(environmentVariable), .byKey("name")), "Environment variables."),
                Field("resources", .record(resources), "What it needs and may use."),
                Field("volumeMounts", .list(.record(volumeMount), .byKey("mountPath")), "Volumes in its file system."),
                Field("volumeDevices", .list(.record(volumeDevice), .byKey("devicePath")), "Volumes as devices."),
                Field("livenessProbe", .record(probe), "How one sees that it must be started again."),
                Field("readinessProbe", .record(probe), "How one sees that it can answer."),
                Field("lifecycle", .record(lifecycle), "What is done after its start and before its end."),
                Field("terminationMessagePath", .string, "The file with its last words."),
                Field("terminationMessagePolicy", .string, "File, or FallbackToLogsOnError."),
                Field("imagePullPolicy", .string, "Always, Never or IfNotPresent."),
                Field("securityContext", .record(securityContext), "What it is allowed to do."),
                Field("stdin", .boolean, "Whether it has a standard input."),
                Field("stdinOnce", .boolean, "Whether that ends with the first client."),
                Field("tty", .boolean, "Whether it has a terminal."),
            ] + later
        )
    }

    /// One environment variable; also of a build's template.
    static let environmentVariable = Schema(
        "environment variable",
        alternatives: [["value", "valueFrom"]],
        [
            Field("name", .string, "The variable's name."),
            Field("value", .string, "Its value; $(OTHER) stands for an earlier variable."),
            Field("valueFrom", .record(valueSource), "Where its value comes from instead."),
        ]
    )

    private static let valueSource = Schema(
        "valueFrom",
        alternatives: [["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef"]],
        [
            Field(
                "fieldRef",
                .record(
                    Schema(
                        "fieldRef",
                        [
                            Field("apiVersion", .string, "The version that the path is of."),
                            Field("fieldPath", .string, "A field of the pod."),
                        ]
                    )
                ),
                "A field of the pod."
            ),
            Field(
                "resourceFieldRef",
                .record(
                    Schema(
                        "resourceFieldRef",
                        [
                            Field("containerName", .string, "The container."),
                            Field("resource", .string, "What is asked for, as in limits.cpu."),
                            Field("divisor", .string, "The unit."),
                        ]
                    )
                ),
                "What the container may use."
            ),
            Field("configMapKeyRef", .record(keyReference("configMapKeyRef")), "A key of a config map."),
            Field("secretKeyRef", .record(keyReference("secretKeyRef")), "A key of a secret."),
        ]
    )

    private static func keyReference(_ name: String) -> Schema {
        Schema(
            name,
            [
                Field("name", .string, "The object's name."),
                Field("key", .string, "The key in it."),
                Field("optional", .boolean, "Whether it may be missing."),
            ]
        )
    }

    private static let environmentSource = Schema(
        "envFrom",
        [
            Field("prefix", .string, "Put before each key."),
            Field("configMapRef", .record(objectReference("configMapRef")), "A config map."),
            Field("secretRef", .record(objectReference("secretRef")), "A secret."),
        ]
    )

    private static func objectReference(_ name: String) -> Schema {
        Schema(
            name,
            [
                Field("name", .string, "The object's name."),
                Field("optional", .boolean, "Whether it may be missing."),
            ]
        )
    }

    private static let port = Schema(
        "port",
        [
            Field("name", .string, "The port's name."),
            Field("hostPort", .integer, "On the machine."),
            Field("containerPort", .integer, "In the container."),
            Field("protocol", .string, "TCP or UDP."),
            Field("hostIP", .string, "The machine's address."),
        ]
    )

    private static let resources = Schema(
        "resources",
        [
            Field("limits", .stringMap, "What it may use."),
            Field("requests", .stringMap, "What it needs."),
        ]
    )

    private static let volumeMount = Schema(
        "volume mount",
        [
            Field("name", .string, "The volume's name."),
            Field("readOnly", .boolean, "Whether it cannot be written."),
            Field("mountPath", .string, "Where it is mounted."),
            Field("subPath", .string, "Which part of it is."),
            Field("mountPropagation", .string, "How mounts inside it are passed on."),
        ]
    )

    private static let volumeDevice = Schema(
        "volume device",
        [
            Field("name", .string, "The volume's name."),
            Field("devicePath", .string, "Where the device is."),
        ]
    )

    private static let probe = Schema(
        "probe",
        alternatives: [["exec", "httpGet", "tcpSocket"]],
        handlerFields + [
            Field("initialDelaySeconds", .integer, "How long to wait before the first try."),
            Field("timeoutSeconds", .integer, "How long a try may take."),
            Field("periodSeconds", .integer, "How often to try."),
            Field("successThreshold", .integer, "How many must succeed in a row."),
            Field("failureThreshold", .integer, "How many must fail in a row."),
        ]
    )

    private static let lifecycle = Schema(
        "lifecycle",
        [
            Field("postStart", .record(handler), "After its start."),
            Field("preStop", .record(handler), "Before its end."),
        ]
    )

    private static let handler = Schema(
        "handler",
        alternatives: [["exec", "httpGet", "tcpSocket"]],
        handlerFields
    )

    private static let handlerFields = [
        Field("exec", .record(Schema("exec", [Field("command", .list(.string), "What runs.")])), "A command."),
        Field("httpGet", .record(httpGet), "A request."),
        Field(
            "tcpSocket",
            .record(
                Schema(
                    "tcpSocket",
                    [
                        Field("port", .integerOrString, "By number or name."),
                        Field("host", .string, "The container's own where nothing is said."),
                    ]
                )
            ),
            "A connection."
        ),
    ]

    private static let httpGet = Schema(
        "httpGet",
        [
            Field("path", .string, "What is asked for."),
            Field("port", .integerOrString, "By number or name."),
            Field("host", .string, "The container's own where nothing is said."),
            Field("scheme", .word(["HTTP", "HTTPS"]), "HTTP or HTTPS."),
            Field(
                "httpHeaders",
                .list(
                    .record(
                        Schema(
                            "header",
                            [
                                Field("name", .string, "The header's name."),
                                Field("value", .string, "Its value."),
                            ]
                        )
                    )
                ),
                "Headers of the request."
            ),
        ]
    )

    private static let securityContext = Schema(
        "securityContext",
        [
            Field(
                "capabilities",
                .record(
                    Schema(
                        "capabilities",
                        [
                            Field("add", .list(.string), "Rights that it gets."),
                            Field("drop", .list(.string), "Rights that it loses."),
                        ]
                    )
                ),
                "Rights of the kernel."
            ),
            Field("privileged", .boolean, "Whether it has all rights of the machine."),
            Field(
                "seLinuxOptions",
                .record(
                    Schema(
                        "seLinuxOptions",
                        [
                            Field("user", .string, "SELinux user."),
                            Field("role", .string, "SELinux role."),
                            Field("type", .string, "SELinux type."),
                            Field("level", .string, "SELinux level."),
                        ]
                    )
                ),
                "SELinux context."
            ),
            Field("seccompProfile", .any, "The calls that it may make of the kernel."),
            Field("runAsUser", .integer, "The user's number."),
            Field("runAsGroup", .integer, "The group's number."),
            Field("runAsNonRoot", .boolean, "Whether root is refused."),
            Field("readOnlyRootFilesystem", .boolean, "Whether its own files cannot be written."),
            Field("allowPrivilegeEscalation", .boolean, "Whether it may get more rights than its parent."),
        ]
    )
}
