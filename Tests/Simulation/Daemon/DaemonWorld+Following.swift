import Engine
import Git
import GitOps
import Resources
import Store

/// What the daemon's loops do, on the stage's time.
extension DaemonWorld {
    /// Has a Sync run.
    func ring(_ name: String, _ reason: Cadence.Reason) {
        guard let earlier = process?.rung else { return }
        process?.rung[name] = reason.folded(over: earlier[name])
        stage.ring(name)
    }

    /// Follows a Sync until the process ends.
    func follow(_ definition: SyncDefinition) async {
        guard let process, let plan = plan(definition.name) else { return }
        let status = process.store.state[Key(.sync, "", plan.name)]?.syncStatus
        var agenda = SyncAgenda(definition.cadence, scheduled: status?.scheduled, now: process.clock.now())
        var (instant, steps) = (stage.elapsed, 0)
        while !stage.isOver, !outside[\.isDead] {
            steps = instant == stage.elapsed ? steps + 1 : 0
            instant = stage.elapsed
            guard steps < Self.mostSteps else {
                witness.faults.append("circle: \(plan.name) does the same again and again, and no time passes")
                return
            }
            do {
                try await step(&agenda, definition, plan, process)
            } catch is CancellationError {
                return
            } catch let error as SyncError where error.kind == .overtaken {
                outside.note("the remote moved on before it was fetched")
                witness.overtaken(plan.name)
                agenda.overtaken()
            } catch {
                outside.note("a turn failed")
                witness.failed(plan.name, at: process.clock.now(), stage.elapsed)
                agenda.failed(at: process.clock.now())
            }
        }
    }

    /// More than anybody has to do in one moment.
    private static let mostSteps = 1_000

    private func step(
        _ agenda: inout SyncAgenda,
        _ definition: SyncDefinition,
        _ plan: DaemonCircumstances.Plan,
        _ process: Process
    ) async throws {
        let now = process.clock.now()
        let facts = SyncAgenda.Facts(definition, beside: definitions, in: process.store.state)
        switch agenda.next(at: now, point: draw(), facts) {
        case .wait(let instant):
            if self.process?.rung[plan.name] == nil {
                try await wait(
                    plan.name,
                    instant.map { min($0 - now, SyncAgenda.longestWait) },
                    isAtBell: true
                )
            }
            if let reason = self.process?.rung.removeValue(forKey: plan.name) {
                if reason == .webhook { witness.tookCall(plan.name) }
                agenda.ring(reason)
            }
        case .ask(let instant): agenda.answered(try await ask(plan, asOf: instant, process), asOf: instant)
        case .want(let other):
            outside.note("a dependency was asked to run")
            ring(other, .wanted)
        case .tell(let obstacle):
            try await tell(obstacle, definition, process)
            witness.told(plan.name, obstacle, at: process.clock.now())
            note(obstacle)
            agenda.told(obstacle)
        case .pass:
            outside.note("a poll read nothing")
            witness.passed(plan.name)
        case .run(let run):
            let result = try await self.run(run, definition, plan, process)
            for other in circumstances.plans where other.dependsOn.contains(plan.name) {
                ring(other.name, .dependency)
            }
            if let failure = result.reportFailure { throw failure }
            witness.succeeded(plan.name, result)
            note(result)
            agenda.ended(result, at: process.clock.now())
        case .keep(let scheduled):
            try await change(definition, process) { $0.scheduled = scheduled }
            witness.kept(plan.name, scheduled)
            agenda.kept(scheduled)
        }
    }

    private func ask(_ plan: DaemonCircumstances.Plan, asOf instant: Instant, _ process: Process) async throws
        -> ObjectID
    {
        if let known = try answer(to: plan, asOf: instant) { return known }
        let now = process.clock.now()
        witness.asks(plan, asOf: instant, at: now)
        guard outside.survives("exchange with a remote") else { throw CancellationError() }
        if remotes[plan.remote] == .isSilent { try await wait(plan.name, .seconds(60), isAtBell: false) }
        let tip = try remoteTip(of: plan)
        if remotes[plan.remote] == .isSlow { try await wait(plan.name, .seconds(5), isAtBell: false) }
        answered(tip, to: plan, askedAt: now)
        return tip
    }

    /// What another Sync was answered, where that is good enough.
    private func answer(to plan: DaemonCircumstances.Plan, asOf instant: Instant) throws -> ObjectID? {
        guard let tip = process?.tips[plan.remote]?.tip(of: .head, asOf: instant) else { return nil }
        outside.note("an answer to another Sync was good enough")
        return try tip.get()
    }

    private func remoteTip(of plan: DaemonCircumstances.Plan) throws -> ObjectID {
        if let refusal = remotes.refusal(plan.remote) { throw refusal }
        guard let tip = remotes.tip(plan.remote) else { throw Defect("a remote without a commit") }
        return tip
    }

    private func answered(_ tip: ObjectID, to plan: DaemonCircumstances.Plan, askedAt instant: Instant) {
        process?.tips[plan.remote]?.take([.head: .success(tip)], askedAt: instant)
        witness.answered(plan.remote, askedAt: instant)
    }

    private func run(
        _ run: SyncAgenda.Run,
        _ definition: SyncDefinition,
        _ plan: DaemonCircumstances.Plan,
        _ process: Process
    ) async throws -> SyncResult {
        let now = process.clock.now()
        outside.note("run for \(run.reason.rawValue)")
        for situation in witness.begins(plan.name, run, at: now, stage.elapsed, process.store.state) {
            outside.note(situation)
        }
        switch remotes[plan.remote] {
        case .isSilent: try await wait(plan.name, .seconds(60), isAtBell: false)
        case .isSlow: try await wait(plan.name, .seconds(5), isAtBell: false)
        case .fine, .refuses: break
        }
        guard let mirror = process.mirrors[plan.name] else { throw Defect("\(plan.name) has no mirror") }
        var options = definition.options
        options.timeout = definition.cadence.patience(options.timeout, now: run.start)
        var syncing = SyncRun(
            options,
            store: process.store,
            mirror: mirror,
            runtime: DaemonContainers(outside: outside, clock: process.clock),
            clock: process.clock,
            sleep: { instant in
                try await self.wait(plan.name, instant - process.clock.now(), isAtBell: false)
            }
        )
        (syncing.lookout, syncing.only) = (run.lookout, run.only)
        let result = try await syncing.run()
        guard !outside[\.isDead] else { throw CancellationError() }
        return result
    }

    private func tell(_ obstacle: SyncAgenda.Obstacle?, _ definition: SyncDefinition, _ process: Process) async throws {
        let isKept = if case .suspended = obstacle { false } else { true }
        try await change(definition, process) { $0.waiting = isKept ? obstacle?.words : nil }
    }

    private func change(
        _ definition: SyncDefinition,
        _ process: Process,
        _ change: @Sendable (inout SyncStatus) -> Void
    ) async throws {
        let key = Key(.sync, "", definition.name)
        let now = process.clock.now()
        try await process.store.commit(durably: true) { state in
            var status = state[key]?.syncStatus ?? SyncStatus()
            change(&status)
            guard status != state[key]?.syncStatus else { return }
            let first = state[key] == nil ? [Change.put(definition.options.sync)] : []
            try state.apply(first + [.setStatus(key, .sync(status))], at: now)
        }
    }

    // MARK: What is counted

    private func note(_ obstacle: SyncAgenda.Obstacle?) {
        switch obstacle {
        case .suspended: outside.note("suspended")
        case .closed(nil): outside.note("no window ever opens")
        case .closed: outside.note("waits for its window")
        case .waiting: outside.note("waits for another Sync")
        case nil: outside.note("nothing is in the way any more")
        }
    }

    private func note(_ result: SyncResult) {
        if result.isSuperseded { outside.note("superseded") }
        if result.isNothingNew { outside.note("nothing new") }
        if !result.isAtRest { outside.note("not at rest in time") }
        if result.changes.contains(where: { $0.action == .healed }) { outside.note("drift was healed") }
    }
}
