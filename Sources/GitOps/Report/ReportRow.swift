internal import Engine
internal import Resources
internal import Store

/// One object from git as a line of a table.
struct ReportRow {
    let key: Key
    let verdict: Verdict
    /// The newest Revision that was ever ready.
    let revision: String?
    let address: String?
    let traffic: [TrafficShare]
    /// Who runs the workload.
    let runtime: String?
    let path: String
    let commit: String
    /// What keeps the object from ever being ready, where that is other objects.
    private let blockers: [Object]

    /// - Parameter edits: what of the object was put there by hand, for whoever knows that already.
    init(_ object: Object, _ edits: @autoclosure () -> HandEdits?, in state: State) {
        key = object.key
        var verdict = Verdict(object, in: state)
        verdict.message = verdict.message.map { edits()?.shown($0) ?? $0 }
        self.verdict = verdict
        blockers = Verdict.blockers(of: object, in: state)
        path = object.origin?.path ?? ""
        commit = object.origin?.commit ?? ""
        var revision: String?
        var domain: String?
        var traffic: [TrafficShare] = []
        switch object.status {
        case .service(let status):
            (revision, domain) = (status.latestReadyRevisionName, status.domain)
            traffic = status.traffic
        case .configuration(let status): revision = status.latestReadyRevisionName
        case .route(let status):
            domain = status.domain
            traffic = status.traffic
        case .revision: revision = object.metadata.name
        default: break
        }
        self.revision = revision
        address = domain.map { "http://\($0)" }
        self.traffic = traffic
        let workload = revision.flatMap { state[object.key.sibling(.workload, $0)] }
        runtime = workload.map(\.workloadStatus.runtime).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What a person has to do, where there is anything.
    var advice: String? {
        switch verdict.state {
        case .ready, .rollingOut, .starting: nil
        case .waitingForBuilder:
            "Nothing builds here: build the image elsewhere, name it in `container.image`, and take `build` out of \(Markdown.code(path))"
        case .failed:
            switch verdict.reason {
            case "ContainerMissing": "Check the image's name in \(Markdown.code(path)), and that it was pushed"
            case "RevisionMissing", "ConfigurationMissing", "RevisionNotOwned":
                "Name something that is there in \(Markdown.code(path))"
            case "NotOwned": unblocking ?? "Mend \(Markdown.code(path)) and push"
            default: "Mend \(Markdown.code(path)) and push"
            }
        }
    }

    private var unblocking: String? {
        guard !blockers.isEmpty else { return nil }
        let ways = blockers.map { blocker in
            let kind = blocker.kind.name
            guard let path = blocker.origin?.path else { return "delete the \(kind), which is not from git" }
            return "remove or rename the \(kind) in \(Markdown.code(path))"
        }
        let advice = ways.joined(separator: ", ")
        let rename = ", or rename the \(key.kind.name) in \(Markdown.code(path))"
        let isHandmade = blockers.contains { $0.origin == nil }
        return advice.prefix(1).uppercased() + advice.dropFirst() + (isHandmade ? rename : "")
    }
}

/// What a report calls a runtime, so that nobody takes for running what does not run.
enum RuntimeWords {
    static func short(_ name: String) -> String {
        switch name {
        case "none": "none; readiness is assumed"
        case "in-process": "in-process responder; no container is run"
        default: name
        }
    }

    static func sentence(_ name: String) -> String {
        switch name {
        case "none": "No runtime is at work: readiness is assumed, and nothing answers at the addresses."
        case "in-process": "Requests are answered by the in-process responder; no container is run."
        default: "Workloads are carried out by \(Markdown.code(name))."
        }
    }
}
