internal import GitOps
internal import Resources
internal import Store
internal import YAML

/// The tables of `get`: which columns a kind has, and what stands in them.
struct ObjectTable: Sendable {
    /// The snapshot that related objects are looked up in.
    let state: State
    /// The moment that ages are counted from.
    let now: Instant
    /// Whether a first column names the namespace.
    let showsNamespace: Bool
    /// Whether names tell the kind, as `service.elafros.dev/shop`: where tables of several kinds follow each other.
    let showsKind: Bool
    /// Whether the columns of `-o wide` are there.
    let isWide: Bool

    /// One column.
    struct Column: Sendable {
        let head: String
        let isWide: Bool
        let cell: @Sendable (Object, State) -> Table.Cell

        init(_ head: String, isWide: Bool = false, _ cell: @escaping @Sendable (Object, State) -> Table.Cell) {
            self.head = head
            self.isWide = isWide
            self.cell = cell
        }
    }

    /// The table of objects of one kind, in the order given.
    func table(of objects: [Object], _ kind: Kind) -> Table {
        var columns = Self.columns(kind, at: now).filter { isWide || !$0.isWide }
        if showsKind {
            columns[0] = Column("NAME") { object, _ in Table.Cell(object.key.commandLineName) }
        }
        if showsNamespace, !kind.isBookkeeping {
            columns.insert(Column("NAMESPACE") { object, _ in Table.Cell(object.metadata.namespace) }, at: 0)
        }
        var table = Table(columns.map(\.head))
        for object in objects { table.append(columns.map { $0.cell(object, state) }) }
        return table
    }
}

extension ObjectTable {
    /// The other objects that the row of an object is made of.
    static func relatives(of object: Object) -> [Key] {
        object.kind == .revision ? [routeKey(of: object)].compactMap { $0 } : []
    }

    private static func columns(_ kind: Kind, at now: Instant) -> [Column] {
        let name = Column("NAME") { object, _ in Table.Cell(object.metadata.name) }
        let age = Column("AGE") { object, _ in Table.Cell((now - object.metadata.creationTimestamp).age) }
        let readiness = [
            Column("READY") { object, _ in readyCell(object.status.conditions["Ready"]) },
            Column("REASON") { object, _ in reasonCell(object.status.conditions["Ready"]) },
        ]
        let source = Column("SOURCE", isWide: true) { object, _ in
            Table.Cell(object.origin.map { "\($0.path):\($0.line)" } ?? "<none>")
        }
        let message = Column("MESSAGE", isWide: true) { object, _ in
            Table.Cell(object.status.conditions["Ready"]?.message ?? "")
        }
        switch kind {
        case .service:
            return [
                name,
                Column("URL") { object, _ in url(object.serviceStatus.domain) },
                Column("LATEST") { object, _ in Table.Cell(object.serviceStatus.latestCreatedRevisionName ?? "") },
                age,
            ] + readiness + [
                Column("TRAFFIC", isWide: true) { object, _ in Table.Cell(traffic(object.serviceStatus.traffic)) },
                source, message,
            ]
        case .configuration:
            return [
                name,
                Column("LATESTCREATED") { object, _ in
                    Table.Cell(object.configurationStatus.latestCreatedRevisionName ?? "")
                },
                Column("LATESTREADY") { object, _ in
                    Table.Cell(object.configurationStatus.latestReadyRevisionName ?? "")
                },
            ] + readiness + [age.wide, source, message]
        case .revision:
            return [
                name,
                Column("SERVICE") { object, _ in Table.Cell(object.metadata.labels[Labels.service] ?? "") },
                Column("TRAFFIC") { object, state in Table.Cell(share(of: object, in: state)) },
                Column("GENERATION") { object, _ in
                    Table.Cell(object.metadata.annotations[Labels.configurationGeneration] ?? "")
                },
                age,
            ] + readiness + [
                Column("IMAGE", isWide: true) { object, _ in
                    Table.Cell(object.spec["container"]?["image"]?.string ?? "")
                },
                message,
            ]
        case .route:
            return [
                name,
                Column("URL") { object, _ in url(object.routeStatus.domain) },
            ] + readiness + [
                Column("TRAFFIC") { object, _ in Table.Cell(traffic(object.routeStatus.traffic)) },
                age.wide, source, message,
            ]
        case .build:
            let succeeded: @Sendable (Object) -> Condition? = { object in
                object.status.conditions["Succeeded"] ?? object.status.conditions["BuildComplete"]
            }
            return [
                name,
                Column("SUCCEEDED") { object, _ in readyCell(succeeded(object)) },
                Column("REASON") { object, _ in reasonCell(succeeded(object)) },
                age, source,
            ]
        case .buildTemplate:
            return [name, age, source]
        case .workload:
            return [
                name,
                Column("PHASE") { object, _ in phase(object.workloadStatus.phase) },
                Column("RUNTIME") { object, _ in Table.Cell(object.workloadStatus.runtime) },
                Column("IMAGE") { object, _ in Table.Cell(object.spec["image"]?.string ?? "") },
                age,
            ]
        case .split:
            return [
                name,
                Column("HOST") { object, _ in Table.Cell(object.spec["domain"]?.string ?? "") },
                Column("TRAFFIC") { object, _ in Table.Cell(split(object)) },
                age.wide,
            ]
        case .sync:
            return [
                name,
                Column("URL") { object, _ in Table.Cell(object.spec["url"]?.string ?? "") },
                Column("COMMIT") { object, _ in Table.Cell(String((object.syncStatus.commit ?? "").prefix(7))) },
                Column("HELDBACK") { object, _ in
                    Table.Cell("\(object.syncStatus.heldBack)", object.syncStatus.heldBack > 0 ? .bad : nil)
                },
                Column("WAITING", isWide: true) { object, _ in
                    let count = object.syncStatus.waves.waiting
                    return Table.Cell("\(count)", count > 0 ? .waiting : nil)
                },
                age,
            ]
        case .manifestFile:
            return [
                name,
                Column("SYNC") { object, _ in Table.Cell(object.metadata.namespace) },
                Column("DOCUMENTS") { object, _ in Table.Cell("\(ManifestRecord(object).documents.count)") },
                Column("HELDBACK") { object, _ in
                    let count = ManifestRecord(object).heldBackCount
                    return Table.Cell("\(count)", count > 0 ? .bad : nil)
                },
            ]
        case .appliedCommit:
            return [
                name,
                Column("SYNC") { object, _ in Table.Cell(object.metadata.namespace) },
                Column("COMMIT") { object, _ in Table.Cell(String(AppliedCommit(object).commit.prefix(7))) },
                Column("SUBJECT") { object, _ in Table.Cell(AppliedCommit(object).subject) },
            ]
        case .wave:
            return [
                name,
                Column("SYNC") { object, _ in Table.Cell(object.metadata.namespace) },
                Column("WAVE") { object, _ in Table.Cell("\(object.spec["wave"]?.int ?? 0)") },
                Column("OBJECTS") { object, _ in Table.Cell("\(object.spec["changes"]?.list?.count ?? 0)") },
            ]
        }
    }
}

extension ObjectTable.Column {
    /// The same column, for `-o wide` alone.
    fileprivate var wide: ObjectTable.Column { ObjectTable.Column(head, isWide: true, cell) }
}

extension ObjectTable {
    /// The status of a condition; work that goes on is not shown as bad.
    static func readyCell(_ condition: Condition?) -> Table.Cell {
        guard let condition else { return Table.Cell("Unknown", .waiting) }
        return Table.Cell(
            condition.status.rawValue,
            condition.status == .true ? .good : isUnderWay(condition) ? .waiting : .bad
        )
    }

    /// Whether a condition that is not true speaks of work that goes on (specification §1.4: `Ready` is `False` then too).
    static func isUnderWay(_ condition: Condition) -> Bool {
        if condition.status == .unknown { return true }
        let reasons: Set = ["Deploying", "Building", "RolloutInProgress", "Activating"]
        return condition.reason.map(reasons.contains) ?? false
    }

    private static func reasonCell(_ condition: Condition?) -> Table.Cell {
        guard let condition, condition.status != .true || condition.reason == "NoRuntime" else { return "" }
        return Table.Cell(condition.reason ?? "")
    }

    private static func url(_ domain: String?) -> Table.Cell { Table.Cell(domain.map { "http://\($0)" } ?? "") }

    private static func phase(_ phase: WorkloadStatus.Phase) -> Table.Cell {
        switch phase {
        case .pending: Table.Cell("Pending", .waiting)
        case .ready: Table.Cell("Ready", .good)
        case .failed: Table.Cell("Failed", .bad)
        }
    }

    /// `75% shop-00001, 25% shop-00002 (next)`.
    static func traffic(_ shares: [TrafficShare]) -> String {
        shares.map { share in
            "\(share.percent)% \(share.revisionName)" + (share.name.map { " (\($0))" } ?? "")
        }.joined(separator: ", ")
    }

    private static func split(_ object: Object) -> String {
        (object.spec["main"]?.list ?? []).map {
            "\($0["percent"]?.int ?? 0)% \($0["revisionName"]?.string ?? "")"
        }.joined(separator: ", ")
    }

    /// What a Revision gets of the Route of its Service: the sum over targets, with `%` also where a target names it at
    /// 0; nothing where no target does.
    private static func share(of revision: Object, in state: State) -> String {
        guard let route = routeKey(of: revision), let object = state[route] else { return "" }
        let shares = object.routeStatus.traffic.filter { $0.revisionName == revision.metadata.name }
        return shares.isEmpty ? "" : "\(shares.reduce(0) { $0 + $1.percent })%"
    }

    private static func routeKey(of revision: Object) -> Key? {
        let name = revision.metadata.labels[Labels.route] ?? revision.metadata.labels[Labels.service]
        return name.map { revision.key.sibling(.route, $0) }
    }
}
