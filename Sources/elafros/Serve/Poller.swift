internal import GitOps
internal import Logging
internal import Resources
internal import ServiceLifecycle
internal import Store
internal import YAML

/// Asks one remote again and again, and syncs what is new.
struct Poller: Service {
    let daemon: Daemon
    let options: SyncOptions
    let gitTimeout: Duration
    let interval: Duration
    /// Whether each poll tells what it read and did, also one that brought nothing new.
    let showsStatistics: Bool
    let session: Session
    let logger: Logger

    /// How long one sync waits for rest, where nothing is said, before it reports; the engine goes on, and a later poll reports the rest.
    static let patience = Duration.seconds(10)

    func run() async throws {
        var backoff = Backoff(interval: interval)
        var lastLine = ""
        do {
            while true {
                let start = daemon.clock.now()
                let wait: Duration
                do {
                    let isSuperseded = try await sync(&lastLine)
                    // From one question to the next, however long the sync itself took.
                    let rest = backoff.succeeded() - (daemon.clock.now() - start)
                    wait = isSuperseded ? .zero : max(rest, .zero)
                } catch is CancellationError {
                    return
                } catch {
                    wait = backoff.failed()
                    lastLine = ""
                    logger.error("\(options.name): \(Failure(error).sentence); next try in \(wait.pause)")
                }
                try await GracefulSleep.sleep(for: Backoff.jittered(wait, at: .random(in: 0...1)))
            }
        } catch is CancellationError {
            // The daemon is to end.
        }
    }

    /// - Returns: whether the remote stands elsewhere already.
    private func sync(_ lastLine: inout String) async throws -> Bool {
        var run = daemon.writer.sync(options, gitTimeout: gitTimeout, in: session)
        run.lookout = interval
        let syncing = run
        let result = try await daemon.writer.mirrors.lanes.through(options.name) { try await syncing.run() }
        let preview = PreviewLog(daemon.writer.folder).standing(of: result.tree, sync: result.name)
        let summary = SyncSummary(result: result, paint: session.console.errorPaint, preview: preview)
        if showsStatistics { logger.info("\(options.name): \(StatsPage(statistics: result.statistics).line)") }
        // A poll that brings nothing new says nothing, but for the first.
        if summary.line != lastLine, !result.isNothingNew || lastLine.isEmpty {
            lastLine = summary.line
            log(result, summary)
        }
        if let failure = result.reportFailure { throw failure }
        return result.isSuperseded
    }

    private func log(_ result: SyncResult, _ summary: SyncSummary) {
        if case .movedByAnotherRunner? = result.report?.branch {
            logger.warning("\(options.name): another runner of this state moved the report branch; stop one of the two")
        }
        let isWell = result.exitCode == 0
        logger.log(level: isWell ? .info : .warning, "\(summary.line)")
        let lines = FindingLines(paint: session.console.errorPaint)
        for finding in result.findings.filter({ $0.severity == .error }).prefix(SyncSummary.longest) {
            logger.warning("\(lines.line(finding))")
        }
        if let refusal = result.pruneRefusal { logger.warning("\(refusal.message)") }
    }
}
