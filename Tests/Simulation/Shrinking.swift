/// Delta debugging: takes away ever smaller parts of the actions for as long as what is left fails alike.
struct Shrinking<Action> {
    /// Whether those actions fail in the same way.
    let fails: ([Action]) async -> Bool
    /// How many runs are made at most: enough for a hundred actions, and an end for those that take long.
    private let budget = 400

    init(fails: @escaping ([Action]) async -> Bool) { self.fails = fails }

    func shortest(_ actions: [Action]) async -> [Action] {
        var best = actions
        var runs = 0
        var size = max(1, best.count / 2)
        while runs < budget {
            var hasShrunk = false
            var start = max(0, best.count - size)
            while runs < budget {
                var candidate = best
                candidate.removeSubrange(start..<min(start + size, best.count))
                runs += 1
                if !candidate.isEmpty, await fails(candidate) {
                    best = candidate
                    hasShrunk = true
                }
                if start == 0 { break }
                start = max(0, min(start - size, best.count - size))
            }
            if size == 1, !hasShrunk { break }
            size = hasShrunk ? min(size, max(1, best.count / 2)) : max(1, size / 2)
        }
        return best
    }
}
