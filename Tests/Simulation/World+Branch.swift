import TestSupport
import Foundation
import Git
import Resources

extension World {
    func commit(_ edits: [Action.Edit]) async throws {
        var files = files
        var hasChanged = false
        for edit in edits where files.apply(edit) {
            applies(.commit([edit]))
            hasChanged = true
        }
        if hasChanged { try await publish(files) }
    }

    func publish(_ files: Files) async throws {
        let new = files.texts(in: circumstances.folders)
        let old = history.isEmpty ? [:] : self.files.texts(in: circumstances.folders)
        var changes: [FileChange] = []
        for path in Set(new.keys).union(old.keys).sorted() where new[path] != old[path] {
            changes.append(FileChange(path: path, content: new[path].map { Array($0.utf8) }))
        }
        guard !changes.isEmpty else { return }
        let published = try await author.publish(
            branch: "main",
            parent: history.last?.commit,
            changes: changes,
            message: "commit \(history.count)\n",
            author: signature
        )
        guard case .pushed(let id, _) = published else { throw Defect("the commit was not published: \(published)") }
        history.append((id, files))
        filesByCommit[id.hex] = files
        past.append(files)
    }

    private var signature: Signature {
        Signature(name: "Ann", email: "ann@example.com", milliseconds: outside[\.wall].milliseconds)
    }

    func foreignPush(isMeanwhile: Bool) async throws {
        guard let head = try await author.fetchBranch(Self.branch) else { return }
        let published = try await author.publish(
            branch: Self.branch,
            parent: head,
            changes: [FileChange(path: "foreign.txt", content: Array("\(outside[\.wall])".utf8))],
            message: "a note\n",
            author: signature
        )
        guard isMeanwhile, case .pushed(let id, _) = published else { return }
        // The commit stays on the remote; only the branch goes back, to move again in the middle of the other's push.
        let reference = URL(fileURLWithPath: folder.path("remote.git/refs/heads/\(Self.branch)"))
        try Data("\(head.hex)\n".utf8).write(to: reference)
        outside.with {
            $0.foreignPush = {
                let now = (try? String(contentsOf: reference, encoding: .utf8)) ?? ""
                // Somebody who sees another head than they built upon pushes nothing.
                if now.hasPrefix(head.hex) { try? Data("\(id.hex)\n".utf8).write(to: reference) }
            }
        }
    }
}
