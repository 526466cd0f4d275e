/// A row of blocks that shows a percentage, for people: `██████████████░░░░░░ 75%`.
struct TrafficBar: Hashable, Sendable {
    /// 0...100.
    let percent: Int

    /// How many characters the bar itself has.
    static let width = 20

    /// The bar and the number. What is more than nothing and less than everything is never shown as either.
    var text: String {
        let exact = (percent * Self.width + 50) / 100
        let full = percent <= 0 ? 0 : percent >= 100 ? Self.width : min(max(exact, 1), Self.width - 1)
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: Self.width - full)
        return "\(bar) \(percent)%"
    }
}
