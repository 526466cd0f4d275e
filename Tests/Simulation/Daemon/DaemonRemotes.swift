import Foundation
import Git
import Resources
import Synchronization
import TestSupport

/// The remotes of one daemon: real repositories, each with a history that is known, and with moods.
final class DaemonRemotes: Sendable {
    private struct Content {
        var moods: [DaemonAction.Mood]
        /// The commits of each, and when they came.
        var histories: [[ObjectID]]
    }

    let paths: [String]
    private let authors: [Mirror]
    private let content: Mutex<Content>

    init(_ count: Int, in folder: TemporaryFolder) throws {
        paths = (0..<count).map { folder.path("remote\($0).git") }
        for path in paths { try BareRepository.create(at: path) }
        authors = try paths.enumerated().map { number, path in
            Mirror(
                folder: folder.path("author\(number).git"),
                remote: try RemoteURL(path),
                credentials: Credentials(),
                timeout: .seconds(60)
            )
        }
        content = Mutex(
            Content(
                moods: Array(repeating: .fine, count: count),
                histories: Array(repeating: [], count: count)
            )
        )
    }

    subscript(number: Int) -> DaemonAction.Mood {
        get { content.withLock { $0.moods[number] } }
        set { content.withLock { $0.moods[number] = newValue } }
    }

    /// The newest commit.
    func tip(_ number: Int) -> ObjectID? { content.withLock { $0.histories[number].last } }

    /// Which commit of a remote that is, from 0; nil for none.
    func index(of commit: String?, _ number: Int) -> Int? {
        content.withLock { $0.histories[number].firstIndex { $0.hex == commit } }
    }

    /// How many commits there are.
    func count(_ number: Int) -> Int { content.withLock { $0.histories[number].count } }

    /// Pushes files.
    func push(_ number: Int, _ files: [String: String], at now: Instant) async throws {
        let count = count(number)
        let published = try await authors[number].publish(
            branch: "main",
            parent: tip(number),
            changes: files.sorted { $0.key < $1.key }.map { FileChange(path: $0.key, content: Array($0.value.utf8)) },
            message: "commit \(count)\n",
            author: Signature(name: "Ann", email: "ann@example.com", milliseconds: now.milliseconds)
        )
        guard case .pushed(let id, _) = published else { throw Defect("the commit was not published: \(published)") }
        content.withLock { $0.histories[number].append(id) }
    }

    /// What the way to a remote does to each exchange of a process.
    func fault(_ number: Int, _ outside: Outside) -> RemoteFault {
        { (step: RemoteStep) throws(GitError) in
            guard outside.survives("exchange with a remote") else {
                throw GitError(.other, doing: "\(step)", reason: "the process died")
            }
            if let error = self.refusal(number) { throw error }
        }
    }

    /// Why a remote does not answer.
    func refusal(_ number: Int) -> GitError? {
        switch self[number] {
        case .fine, .isSlow: nil
        case .refuses: GitError(.refused, doing: "ask", reason: "nobody answers")
        case .isSilent: GitError(.timeout, doing: "ask", reason: "it took too long")
        }
    }
}
