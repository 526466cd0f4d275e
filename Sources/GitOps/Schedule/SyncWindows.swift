public import Resources

/// When commits may be applied: Argo CD's meaning of sync windows.
///
/// A deny window wins over every allow window. Where there are allow windows, commits are applied within one of them only.
/// Without windows they always are.
public struct SyncWindows: Sendable {
    /// All of them.
    public let windows: [SyncWindow]

    private let allowing, denying: [SyncWindow]

    /// Puts windows together; their order says nothing.
    public init(_ windows: [SyncWindow]) {
        self.windows = windows
        allowing = windows.filter { $0.kind == .allow }
        denying = windows.filter { $0.kind == .deny }
    }
}

extension SyncWindows {
    /// Whether commits may be applied at that instant. A window holds the instant at which it opens, and not that at which it
    /// closes.
    public func isOpen(at instant: Instant) -> Bool { !isDenied(at: instant) && isAllowed(at: instant) }

    /// The first instant from `instant` on at which commits may be applied; nil if none comes within 366 days.
    ///
    /// Goes from one edge of a window to the next, and passes a deny window that opens anew while it is open in one step.
    public func nextOpening(atOrAfter instant: Instant) -> Instant? {
        let end = instant + SyncWindow.longest
        var time = instant
        while time <= end {
            if let later = denying.compactMap({ $0.end(at: time) }).max() {
                time = later
            } else if isAllowed(at: time) {
                return time
            } else if let later = allowing.compactMap({ $0.schedule.next(after: time) }).min() {
                time = later
            } else {
                return nil
            }
        }
        return nil
    }

    private func isDenied(at instant: Instant) -> Bool { denying.contains { $0.end(at: instant) != nil } }

    private func isAllowed(at instant: Instant) -> Bool {
        allowing.isEmpty || allowing.contains { $0.end(at: instant) != nil }
    }
}
