internal import APIServer
internal import Gateway
internal import GitOps
internal import Resources
internal import Runtimes
internal import Store
internal import YAML

/// The one process that writes a state folder for as long as it runs: it polls, serves, and runs the commands that other
/// processes hand to it.
final class Daemon: Sendable {
    /// The state and what writes it.
    let writer: Writer
    /// What answers the services' requests.
    let gateway: Gateway
    /// Rung whenever the state has changed.
    let alarm: Alarm
    /// The daemon's own variables: where the secrets of a file's Syncs are.
    let environment: [String: String]
    /// What is followed.
    let conductor = Conductor()
    /// Whose webhooks are taken.
    let hooks = HookBook()
    /// What is counted.
    let metrics: ServeMetrics

    /// The state.
    var store: Store { writer.store }
    /// The time.
    var clock: any Clock { writer.clock }

    /// Takes the folder and puts the parts together; nothing runs yet.
    init(_ words: StateWords, in session: Session) async throws {
        let folder = try words.folder(in: session)
        let store: Store
        do {
            let timeout = words.lockTimeout.duration
            store = try await Writer.openStore(folder, as: "serve", lockTimeout: timeout)
        } catch is HandOver.DaemonAppeared {
            throw Failure(
                .busy,
                folder.path,
                "another `elafros serve` has just started there; stop it, or name another --state"
            )
        }
        let (alarm, clock) = (Alarm(), SystemClock(notBefore: store.facts.lastInstant))
        let registry = EndpointRegistry()
        writer = Writer(
            folder: folder,
            store: store,
            clock: clock,
            runtime: InProcessRuntime(registry: registry),
            mirrors: MirrorPool(folder),
            sleep: { instant in
                // What others read is on the disk: a rollout is to be seen moving.
                try await store.flush()
                try await GracefulSleep.sleep(for: instant - clock.now())
            }
        )
        gateway = Gateway(state: { store.state }, responders: InProcessResponders(registry: registry))
        self.alarm = alarm
        environment = session.environment
        metrics = ServeMetrics(
            state: { store.state },
            now: { clock.now() },
            isSuspended: { $0.syncStatus.suspension != nil }
        )
    }

    /// Returns once each part that everything goes through has answered: where one hangs, so does this.
    func beat() async {
        await store.beat()
        _ = await conductor.definitions
    }

    /// Runs a command for another process, which sees its own words, folder and environment.
    func run(_ handed: Handed) async -> HandedBack {
        let console = Console.buffer(
            paint: Paint(isOn: handed.hasColour),
            errorPaint: Paint(isOn: handed.hasErrorColour)
        )
        let session = Session(
            console: console,
            directory: handed.directory,
            environment: handed.environment,
            input: { handed.input },
            words: handed.words,
            daemon: self,
            handedFiles: handed.files
        )
        let code = await Program.run(session)
        return HandedBack(exitCode: code, console.written)
    }
}

/// The endpoints of this process, as the gateway asks for them.
struct InProcessResponders: Responders {
    let registry: EndpointRegistry

    func answer(of revision: Key) -> Map? { registry.endpoint(of: revision)?.answer }
}
