/// Why a time zone, a schedule or a window was not taken.
public struct ScheduleError: Error, Hashable, Sendable {
    /// What is wrong, and what to do.
    public let message: String

    /// A refusal with its sentence.
    public init(_ message: String) { self.message = message }
}

extension ScheduleError: CustomStringConvertible {
    /// The sentence.
    public var description: String { message }
}
