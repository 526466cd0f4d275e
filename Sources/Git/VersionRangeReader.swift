/// Reads comparisons that are joined by blanks or commas.
struct VersionRangeReader {
    private let words: [Substring]
    private var next = 0
    private let text: String

    /// - Parameters:
    ///   - part: what stands between two `||`.
    ///   - text: the whole range, for messages.
    init(_ part: Substring, of text: String) {
        words = Self.words(part)
        self.text = text
    }

    mutating func comparisons() throws(GitError) -> [VersionComparison] {
        guard !words.isEmpty else { throw refused("it names no version there; use * for every version") }
        var found: [VersionComparison] = []
        while next < words.count { found += try comparison() }
        return found
    }

    private mutating func comparison() throws(GitError) -> [VersionComparison] {
        let word = words[next]
        next += 1
        if Self.isOperator(word) {
            guard let comparison = Self.operators[word] else {
                throw refused("\"\(word)\" is no comparison; use one of = != > < >= <= ~ ^")
            }
            guard next < words.count else {
                throw refused("no version follows \"\(word)\"; add one, as in \(word)1.2.0")
            }
            next += 1
            return [VersionComparison(comparison: comparison, version: try version(words[next - 1]))]
        }
        let from = try version(word)
        guard next < words.count, words[next] == "-" else {
            return [VersionComparison(comparison: .equal, version: from)]
        }
        guard next + 1 < words.count else { throw refused("no version follows \"-\"; add one, as in 1.2 - 2.3") }
        next += 2
        return [
            VersionComparison(comparison: .greaterOrEqual, version: from),
            VersionComparison(comparison: .lessOrEqual, version: try version(words[next - 1])),
        ]
    }

    private func version(_ word: Substring) throws(GitError) -> PartialVersion {
        guard let version = PartialVersion(word) else {
            throw refused("\"\(word)\" is no version; write it as 1.2.3, 1.2.x, 1 or 1.2.3-rc.1")
        }
        return version
    }

    private func refused(_ why: String) -> GitError {
        GitError(.other, doing: "read the versions \"\(text)\"", reason: why)
    }
}

extension VersionRangeReader {
    /// The forms that Masterminds/semver takes.
    private static let operators: [Substring: VersionComparison.Operator] = [
        "=": .equal, "!=": .notEqual, ">": .greater, "<": .less, ">=": .greaterOrEqual, "=>": .greaterOrEqual,
        "<=": .lessOrEqual, "=<": .lessOrEqual, "~": .tilde, "~>": .tilde, "^": .caret,
    ]

    private static func isOperator(_ text: Substring) -> Bool { text.utf8.allSatisfy { "=!<>~^".utf8.contains($0) } }

    /// Operators, versions, and the lone `-` between two of them. An operator needs no blank on either side.
    private static func words(_ part: Substring) -> [Substring] {
        part.split { $0 == " " || $0 == "\t" || $0 == "," }.flatMap { word in
            var words: [Substring] = []
            var start = word.startIndex
            for index in word.indices.dropFirst() {
                let isEdge = isOperator(word[index...index]) != isOperator(word[start...start])
                guard isEdge else { continue }
                words.append(word[start..<index])
                start = index
            }
            return words + [word[start...]]
        }
    }
}

extension PartialVersion {
    /// Reads `1.2.3`, `v1`, `1.x`, `*` and `1.2-0`; nil for anything else. What follows an open number is open too.
    fileprivate init?(_ word: Substring) {
        let bytes = Array(word.utf8)
        var reader = VersionReader(bytes.first == UInt8(ascii: "v") ? bytes.dropFirst() : bytes[...])
        var numbers: [Int] = []
        var isOpen = false
        for index in 0..<3 where index == 0 || reader.skip(".") {
            if reader.wildcard() {
                isOpen = true
            } else if !isOpen, let number = reader.number() {
                numbers.append(number)
            } else {
                return nil
            }
        }
        guard let prerelease = reader.suffixes(), reader.isAtEnd else { return nil }
        major = numbers.first
        minor = numbers.count > 1 ? numbers[1] : nil
        patch = numbers.count > 2 ? numbers[2] : nil
        self.prerelease = prerelease
    }
}
