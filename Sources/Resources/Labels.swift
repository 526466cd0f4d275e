/// The label and annotation keys that the system writes or reads (specification §1.6), all with the prefix `elafros.dev/`.
public enum Labels {
    /// What all of them begin with; nobody else's do.
    public static let prefix = "elafros.dev/"
    /// On Configuration, Route, Revision and Build: the Service that they belong to.
    public static let service = "elafros.dev/service"
    /// On a Revision or Build: the Configuration that made it.
    public static let configuration = "elafros.dev/configuration"
    /// On a Revision, as annotation and as label: the generation of the Configuration that it was made from.
    public static let configurationGeneration = "elafros.dev/configurationGeneration"
    /// On Configurations and Revisions that a Route reaches: that Route (the first by name where there are several).
    public static let route = "elafros.dev/route"
    /// Annotation beside `route`: all Routes that reach the object, sorted, joined with commas.
    public static let routes = "elafros.dev/routes"
    /// On a Revision and its children: the Revision's name.
    public static let revision = "elafros.dev/revision"
    /// On a Revision and its children: the Revision's uid.
    public static let revisionUID = "elafros.dev/revisionUID"
    /// Annotation on a Service or Route: how long a rollout takes (§5.5).
    public static let rolloutDuration = "elafros.dev/rolloutDuration"
    /// Knative's spelling of `rolloutDuration`.
    public static let knativeRolloutDuration = "serving.knative.dev/rollout-duration"
    /// Annotation `"false"` on an object from git: never prune it.
    public static let prune = "elafros.dev/prune"
    /// Annotation on an object from git: in which wave of a sync it is applied; see ``SyncWave``.
    public static let syncWave = "elafros.dev/sync-wave"
    /// Annotation `"true"` on a Revision: it is never deleted for its age.
    public static let keptRevision = "serving.knative.dev/no-gc"
    /// What kubectl leaves behind; it is never passed on to children.
    public static let kubectlLastApplied = "kubectl.kubernetes.io/last-applied-configuration"
    /// Prefix of the scaling annotations, which belong to a template and are not copied from a Service.
    public static let autoscalingPrefix = "autoscaling.knative.dev/"
}
