internal import Resources

extension Duration {
    /// How long ago, in the two units at most that kubectl shows: `5s`, `3m20s`, `47m`, `5h12m`, `2d3h`, `41d`, `2y19d`.
    var age: String {
        let seconds = max(0, components.seconds)
        let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400)
        func two(_ first: Int64, _ firstUnit: String, _ second: Int64, _ secondUnit: String) -> String {
            second == 0 ? "\(first)\(firstUnit)" : "\(first)\(firstUnit)\(second)\(secondUnit)"
        }
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<600: return two(minutes, "m", seconds % 60, "s")
        case ..<10_800: return "\(minutes)m"
        case ..<28_800: return two(hours, "h", minutes % 60, "m")
        case ..<172_800: return "\(hours)h"
        case ..<691_200: return two(days, "d", hours % 24, "h")
        case ..<63_072_000: return "\(days)d"
        case ..<252_288_000: return two(days / 365, "y", days % 365, "d")
        default: return "\(days / 365)y"
        }
    }

    /// How long something waits, as logs name it: `500 ms`, `30s`, `5m`.
    var pause: String {
        let milliseconds = components.attoseconds / 1_000_000_000_000_000
        return components.seconds == 0 && milliseconds > 0 ? "\(milliseconds) ms" : age
    }

    /// A measured time for `--stats`: `0.42 ms`, `38.1 ms`, `1.24 s`.
    var measured: String {
        let microseconds = components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
        func decimal(_ value: Int64, _ unit: Int64, _ digits: Int) -> String {
            var scale: Int64 = 1
            for _ in 0..<digits { scale *= 10 }
            let rounded = (value * scale + unit / 2) / unit
            guard digits > 0 else { return String(rounded) }
            let fraction = String(rounded % scale)
            return "\(rounded / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
        }
        switch microseconds {
        case ..<10_000: return decimal(microseconds, 1_000, 2) + " ms"
        case ..<1_000_000: return decimal(microseconds, 1_000, 1) + " ms"
        default: return decimal(microseconds, 1_000_000, 2) + " s"
        }
    }
}
