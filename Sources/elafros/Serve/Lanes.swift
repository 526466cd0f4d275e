/// Lets those with one name through one after the other, and those of different names side by side.
///
/// Two syncs of one Sync would fetch into the same mirror and plan against each other; of two Syncs neither waits for the
/// other's remote.
actor Lanes {
    /// Who waits, by name; an entry means that somebody is through.
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    /// Runs `body` when nobody else of that name runs.
    nonisolated func through<Result: Sendable>(
        _ name: String,
        _ body: @Sendable () async throws -> Result
    ) async rethrows -> Result {
        await enter(name)
        do {
            let result = try await body()
            await leave(name)
            return result
        } catch {
            await leave(name)
            throw error
        }
    }

    private func enter(_ name: String) async {
        guard waiting[name] != nil else {
            waiting[name] = []
            return
        }
        await withCheckedContinuation { waiting[name, default: []].append($0) }
    }

    private func leave(_ name: String) {
        guard var list = waiting[name] else { return }
        if list.isEmpty {
            waiting[name] = nil
        } else {
            let next = list.removeFirst()
            waiting[name] = list
            next.resume()
        }
    }
}
