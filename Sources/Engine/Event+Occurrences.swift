internal import Resources
internal import Store

/// What a reconciler's work is worth telling of (specification §1.8), read off the change itself: so it is told once, when
/// it happens, and whoever looks twice tells nothing.
extension Event {
    /// Notes what this change of a reconciler means to a person. Most changes mean nothing.
    func note(in state: inout State, at now: Instant) {
        func tell(_ key: Key, _ reason: String, _ message: String, _ isWarning: Bool) {
            state.note(Occurrence(key, isWarning: isWarning, reason, message, at: now))
        }
        func tellOwner(_ reason: String, _ verb: String) {
            guard let owner = (new ?? old)?.controllerKey else { return }
            tell(owner, reason, "\(verb) \(key.kind.name) \"\(key.name)\"", false)
        }
        switch key.kind {
        case .configuration, .route, .revision, .build:
            guard let new else {
                if let owner = old?.controllerKey, state.contains(owner) { tellOwner("Deleted", "Deleted") }
                return
            }
            guard let old else {
                tellOwner("Created", "Created")
                return
            }
            if new.metadata.generation != old.metadata.generation { tellOwner("Updated", "Updated") }
            switch key.kind {
            case .configuration: configuration(from: old, to: new, tell)
            case .revision: revision(from: old, to: new, tell)
            default: break
            }
        case .service:
            guard let ready = became("Ready", .false), ready.reason == "NotOwned" else { return }
            tell(key, "CreationFailed", ready.message ?? "", true)
        case .buildTemplate, .workload, .split, .sync, .manifestFile, .appliedCommit, .wave: return
        }
    }

    /// The condition, if it has that status since this change, or says something else with it.
    private func became(_ type: String, _ status: Condition.Status) -> Condition? {
        guard let condition = new?.status.conditions[type], condition.status == status else { return nil }
        let before = old?.status.conditions[type]
        let isSame = before?.status == status && before?.reason == condition.reason
        return isSame && before?.message == condition.message ? nil : condition
    }

    private func configuration(
        from old: Object,
        to new: Object,
        _ tell: (Key, String, String, Bool) -> Void
    ) {
        let (before, after) = (old.configurationStatus, new.configurationStatus)
        if let name = after.latestCreatedRevisionName, name != before.latestCreatedRevisionName {
            tell(key, "LatestRevisionUpdate", "LatestCreatedRevisionName updated to \"\(name)\"", false)
        }
        if let name = after.latestReadyRevisionName, name != before.latestReadyRevisionName {
            if before.latestReadyRevisionName == nil {
                tell(key, "ConfigurationReady", "Configuration becomes ready", false)
            }
            tell(key, "LatestReadyUpdate", "LatestReadyRevisionName updated to \"\(name)\"", false)
        }
        if let failed = became("LatestRevisionReady", .false), ["NotOwned", "RevisionFailed"].contains(failed.reason) {
            tell(key, "CreationFailed", failed.message ?? "", true)
        }
    }

    private func revision(
        from old: Object,
        to new: Object,
        _ tell: (Key, String, String, Bool) -> Void
    ) {
        if became("BuildComplete", .true) != nil { tell(key, "BuildComplete", "Build completed", false) }
        if let failed = became("BuildComplete", .false) { tell(key, "BuildFailed", failed.message ?? "", true) }
        if became("Ready", .true) != nil, !old.isReadyRevision {
            let endpoint = new.revisionStatus.serviceName ?? ""
            tell(key, "RevisionReady", "Revision becomes ready upon endpoint \"\(endpoint)\" becoming ready", false)
        }
        guard let failed = became("Ready", .false), new.isFailedRevision, failed.reason != "BuildFailed" else { return }
        if failed.reason == "ProgressDeadlineExceeded" {
            tell(key, "ProgressDeadlineExceeded", failed.message ?? "", false)
        } else {
            let text = [failed.reason, failed.message].compactMap { $0 }.joined(separator: ": ")
            tell(key, "RevisionFailed", text, true)
        }
    }
}
