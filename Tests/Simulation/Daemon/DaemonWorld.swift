import APIServer
import Engine
import Foundation
import Git
import GitOps
import Resources
import Store
import TestSupport

/// One seed's daemon: Syncs of a file, each followed by its agenda, over remotes with moods and a clock that people set.
///
/// What decides is the daemon's own: agendas, answers of remotes, webhooks' signatures, runs, the engine. What carries out is
/// here, one task at a time.
actor DaemonWorld {
    let circumstances: DaemonCircumstances
    let outside: Outside
    let remotes: DaemonRemotes
    let folder: TemporaryFolder
    let definitions: [SyncDefinition]
    var stage = Stage()
    var witness: DaemonWitness
    /// Nil while no daemon is there.
    var process: Process?
    /// When the next one begins, where none is there.
    var beginsAt: Duration?
    /// The image that each Sync's file names, and how many there were.
    var images: [String: String] = [:]
    var imageCount = 0
    /// Whose objects were changed by hand, and when that is seen to.
    var drifts: [(sync: String, at: Duration)] = []
    /// The calls that were held up.
    var heldUp: [Call] = []
    /// What was taken already, for somebody to send again.
    var delivered: [Call] = []
    var callCount = 0
    private var drawn: UInt64 = 0

    /// What ends with the process.
    struct Process {
        let store: Store
        let clock: SystemClock
        let mirrors: [String: Mirror]
        let hooks: [String: Hook]
        var memories: [String: DeliveryMemory] = [:]
        var tips: [Int: RemoteTips] = [:]
        var rung: [String: Cadence.Reason] = [:]
    }

    init(seed: UInt64, _ circumstances: DaemonCircumstances) throws {
        self.circumstances = circumstances
        outside = Outside(seed: seed)
        outside[\.wall] = circumstances.start
        folder = try TemporaryFolder()
        remotes = try DaemonRemotes(circumstances.remotes, in: folder)
        let config = ConfigFile(
            Array(circumstances.config(remotes: remotes.paths).utf8),
            path: "elafros.yaml",
            folder: folder.path
        )
        guard config.findings.isEmpty else { throw Defect("the file: \(config.findings.map(\.rendered))") }
        definitions = config.syncs
        witness = try DaemonWitness(circumstances)
    }

    /// Gives each remote a first commit, and begins a daemon.
    func begin() async throws {
        for number in 0..<circumstances.remotes { try await push(number, [], changesAll: true) }
        try await boot()
    }

    var reached: [String: Int] { outside[\.reached] }

    func plan(_ name: String) -> DaemonCircumstances.Plan? { circumstances.plans.first { $0.name == name } }

    func plan(at number: Int) -> DaemonCircumstances.Plan { circumstances.plans[number % circumstances.plans.count] }

    /// 0..<1, another one each time.
    func draw() -> Double {
        drawn += 1
        return Double(SplitMix64.hash("\(drawn)", seed: outside.seed) >> 11) / Double(1 << 53)
    }
}

// MARK: - Acting

extension DaemonWorld {
    /// Does one thing, and says what is wrong after it.
    func act(_ action: DaemonAction) async throws -> [String] {
        for name in action.names { outside.note(name) }
        switch action {
        case .push(let number, let images, let call):
            let remote = number % circumstances.remotes
            try await push(remote, images)
            send(call, of: remote)
        case .call(let number, let call): send(call, to: plan(at: number))
        case .arrivals: while let call = heldUp.popLast() { deliver(call) }
        case .pass(let seconds): try await pass(.seconds(seconds))
        case .suspend(let number): try await suspend(plan(at: number).name, true)
        case .resume(let number): try await suspend(plan(at: number).name, false)
        case .request(let number): ring(plan(at: number).name, .request)
        case .edit(let number): try await edit(plan(at: number))
        case .remote(let number, let mood): remotes[number % circumstances.remotes] = mood
        case .kill(let effects, let down):
            guard process != nil else { break }
            outside[\.fuse] = effects
            beginsAt = stage.elapsed + .seconds(down)
            if effects == 0 { outside[\.isDead] = true }
        case .restart(let down): try await restart(down: .seconds(down))
        case .jump(let seconds):
            outside.with { $0.wall = $0.wall + .seconds(seconds) }
            witness.jumped(stage.elapsed)
        case .disk(let after, let count): outside[\.diskFault] = (.full, after, count)
        case .quiet: try await quiet()
        }
        try await observe()
        return witness.faults
    }

    /// Lets time pass, in which everybody does what is due.
    func pass(_ duration: Duration) async throws {
        let end = stage.elapsed + duration
        while witness.faults.isEmpty, let next = nextEvent, next.at <= end {
            move(to: next.at)
            switch next.event {
            case .task(let name): await goOn(name)
            case .engine: try await drive()
            case .drift:
                if let index = drifts.indices.min(by: { drifts[$0].at < drifts[$1].at }) {
                    ring(drifts.remove(at: index).sync, .drift)
                }
            case .boot: try await boot()
            }
            try await observe()
        }
        move(to: end)
        if let process {
            let busy = stage.waiting.filter { !$0.value.isAtBell }.keys
            witness.check(at: process.clock.now(), stage.elapsed, process.store.state, busy: Set(busy), remotes)
        }
    }

    private enum Event { case task(String), engine, drift, boot }

    private var nextEvent: (event: Event, at: Duration)? {
        var events: [(event: Event, at: Duration)] = []
        if let task = stage.next { events.append((.task(task.name), task.at)) }
        if let at = engineDue { events.append((.engine, at)) }
        if let at = drifts.map(\.at).min() { events.append((.drift, at)) }
        if process == nil, let at = beginsAt { events.append((.boot, at)) }
        return events.min { $0.at < $1.at }
    }

    private func move(to instant: Duration) {
        guard instant > stage.elapsed else { return }
        outside.with { $0.wall = $0.wall + (instant - stage.elapsed) }
        stage.elapsed = instant
    }

    /// Has the witness look at what has become so, and buries a process that has died.
    private func observe() async throws {
        if let process {
            witness.look(at: process.store.state, stage.elapsed, remotes, isFaulty: outside.with { $0.fuse != nil })
        }
        if outside[\.isDead] { await bury() }
    }
}

// MARK: - The process

extension DaemonWorld {
    /// Another daemon begins with what is on the disk.
    func boot() async throws {
        guard process == nil else { return }
        (beginsAt, stage.isOver) = (nil, false)
        outside.with { $0.isDead = false }
        let (outside, remotes) = (outside, remotes)
        let store = try Store.open(journal: FaultyJournal(outside, real: nil, newID: "state"))
        _ = try store.load()
        let clock = SystemClock(notBefore: store.facts.lastInstant) { outside[\.wall] }
        var mirrors: [String: Mirror] = [:]
        var hooks: [String: Hook] = [:]
        for definition in definitions {
            guard let plan = plan(definition.name), let webhook = definition.webhook,
                let provider = HookProvider(word: webhook.provider)
            else { throw Defect("\(definition.name) has no webhook") }
            mirrors[plan.name] = Mirror(
                folder: folder.path("\(plan.name).git"),
                remote: definition.options.remote,
                credentials: Credentials(),
                timeout: definition.gitTimeout,
                fault: remotes.fault(plan.remote, outside)
            )
            let secret = try webhook.secret.value(
                of: .webhookSecret,
                environment: ["SECRET_\(plan.name)": plan.secret],
                read: { _ in [] }
            )
            hooks[plan.name] = Hook(provider: provider, secret: Array((secret ?? "").utf8))
        }
        process = Process(store: store, clock: clock, mirrors: mirrors, hooks: hooks)
        for plan in circumstances.plans {
            process?.tips[plan.remote, default: RemoteTips()].follow(.head)
        }
        let now = clock.now()
        witness.booted(now, stage.elapsed, store.state)
        do {
            try await driver?.takeOver()
            try await store.flush()
        } catch {
            outside.with { $0.isDead = true }
            return
        }
        for definition in definitions { await start(definition) }
    }

    /// Ends all tasks of a process that has died.
    private func bury() async {
        guard process != nil else { return }
        if stage.waiting.values.contains(where: { !$0.isAtBell }) { outside.note("killed while a Sync was running") }
        await endTasks()
        process = nil
        drifts = []
        outside.with {
            $0.fuse = nil
            $0.diskFault = nil
        }
        // One that nobody meant to be away for long is started again at once.
        beginsAt = max(beginsAt ?? stage.elapsed, stage.elapsed)
        witness.isDown()
    }

    /// Ends all that still waits.
    func end() async { await endTasks() }

    private func endTasks() async {
        stage.isOver = true
        while let name = stage.waiting.keys.min() { await goOn(name) }
    }

    func restart(down: Duration) async throws {
        guard let store = process?.store else { return }
        await endTasks()
        do { try await store.close() } catch { outside.note("closed on a bad disk") }
        await bury()
        beginsAt = stage.elapsed + down
    }

    private func start(_ definition: SyncDefinition) async {
        await withCheckedContinuation { director in
            stage.direct(director)
            Task {
                await follow(definition)
                stage.yield()
            }
        }
    }

    private func goOn(_ name: String) async {
        await withCheckedContinuation { director in
            stage.direct(director)
            stage.resume(name)
        }
    }

    /// Waits in a task, for so long or for a ring.
    func wait(_ name: String, _ duration: Duration?, isAtBell: Bool) async throws {
        guard !stage.isOver, !outside[\.isDead] else { throw CancellationError() }
        let at = duration.map { stage.elapsed + max($0, .milliseconds(1)) }
        let goesOn = await withCheckedContinuation { stage.park(name, until: at, isAtBell: isAtBell, $0) }
        guard goesOn else { throw CancellationError() }
    }
}

// MARK: - The engine

extension DaemonWorld {
    private var driver: Driver? {
        process.map { process in
            Driver(
                store: process.store,
                engine: Engine(EngineSettings()),
                runtime: DaemonContainers(outside: outside, clock: process.clock),
                clock: process.clock,
                sleep: { _ in }
            )
        }
    }

    /// When the engine has something to do: what is due, and what a container has come to.
    private var engineDue: Duration? {
        guard let process else { return nil }
        let (state, now) = (process.store.state, process.clock.now())
        var instants = state.nextLook.map { [$0] } ?? []
        if state.count(.wished) > 0 {
            let containers = outside[\.containers]
            for key in state.marked(.wished) where key.kind == .workload {
                guard let container = containers[key], container.uid == state[key]?.metadata.uid else {
                    instants.append(now)
                    continue
                }
                if let ready = DaemonContainers.readyAt(container) { instants.append(ready) }
            }
        }
        return instants.min().map { stage.elapsed + max($0 - now, .zero) }
    }

    private func drive() async throws {
        guard let process, let driver else { return }
        do {
            _ = try await driver.step()
            try await process.store.flush()
        } catch {
            // As the daemon does, which is started again then.
            outside.note("the daemon ended on a bad disk")
            outside[\.isDead] = true
        }
    }
}
