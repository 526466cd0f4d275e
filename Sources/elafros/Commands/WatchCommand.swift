internal import ArgumentParser
internal import Store
internal import UnixSignals

/// `elafros watch`: Syncs, Services and their traffic, as they move.
struct WatchCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Shows syncs, services and their traffic as they move, until q or ctrl-C.",
        discussion: """
            On a terminal one screen that follows; elsewhere a line for each thing, and then one for each change.
            """
    )

    @OptionGroup var state: FolderWords

    func run(in session: Session) async throws -> ExitCode {
        let (folder, console) = (try Reader.folder(state, in: session), session.console)
        try await UntilStopped.run(console) {
            if let terminal = console.output.flatMap(Terminal.init) {
                defer { terminal.restore() }
                try await Self.show(StateViews(folder: folder), on: terminal, console.paint)
            } else {
                let views = StateViews(folder: folder)
                var earlier = LiveView()
                try await views.follow { view in
                    for line in view.lines(since: earlier) { console.line(line) }
                    earlier = view
                    return !console.isCut
                }
            }
        }
        return .success
    }

    /// Why there is another frame to show, or none any more.
    private enum Wake: Sendable {
        case view(LiveView)
        case resized
        case over
        case failed(any Error)
    }

    private static func show(_ views: StateViews, on terminal: Terminal, _ paint: Paint) async throws {
        // Whoever falls behind shows the newest alone.
        let (wakes, wake) = AsyncStream.makeStream(of: Wake.self, bufferingPolicy: .bufferingNewest(8))
        let keys = terminal.keys
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await views.follow { view in
                        wake.yield(.view(view))
                        return true
                    }
                } catch {
                    wake.yield(.failed(error))
                }
            }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigwinch) { wake.yield(.resized) }
            }
            group.addTask {
                for await key in keys where key == UInt8(ascii: "q") { break }
                wake.yield(.over)
            }
            defer { group.cancelAll() }
            var view: LiveView?
            for await wake in wakes {
                switch wake {
                case .view(let next): view = next
                case .resized: break
                case .over: return
                case .failed(let error): throw error
                }
                let size = terminal.size
                if let view { terminal.show(view.frame(width: size.width, height: size.height, paint)) }
            }
        }
    }
}

/// The views of a state folder, one after the other.
private struct StateViews: Sendable {
    let folder: StateFolder

    /// Hands each view on, until whoever takes it has enough.
    func follow(_ take: (LiveView) -> Bool) async throws {
        let watch = StateWatch(folder)
        var view = LiveView()
        var goesOn = true
        while goesOn {
            let earlier = view
            view = try await watch.next { earlier.updated(from: $0) }
            goesOn = take(view)
        }
    }
}
