internal import ArgumentParser
internal import YAML

/// How much one file may ask of the reader before it is refused.
struct LimitWords: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Refuse files with more bytes; at most \(Files.maxBytes).", valueName: "bytes")
    )
    var maxFileSize = Limits.default.maxBytes

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Refuse lists and maps nested deeper; at most 1000.", valueName: "levels")
    )
    var maxDepth = Limits.default.maxDepth

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Refuse files with more scalars, lists, maps and aliases.", valueName: "number")
    )
    var maxNodes = Limits.default.maxNodes

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Refuse files with more nodes once aliases are replaced.", valueName: "number")
    )
    var maxExpandedNodes = Limits.default.maxExpandedNodes

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Refuse files whose aliases stand for more bytes of text.", valueName: "bytes")
    )
    var maxAliasedBytes = Limits.default.maxAliasedBytes

    mutating func validate() throws {
        let words = [
            ("--max-file-size", maxFileSize, Files.maxBytes), ("--max-depth", maxDepth, 1_000),
            ("--max-nodes", maxNodes, .max), ("--max-expanded-nodes", maxExpandedNodes, .max),
            ("--max-aliased-bytes", maxAliasedBytes, .max),
        ]
        for (word, value, most) in words where !(1...most).contains(value) {
            let range = most == .max ? "1 or more" : "a number from 1 to \(most)"
            throw ValidationError("\(word) \(value): name \(range).")
        }
    }
}

extension LimitWords {
    /// What the parser takes.
    var limits: Limits {
        Limits(
            maxBytes: maxFileSize,
            maxDepth: maxDepth,
            maxNodes: maxNodes,
            maxExpandedNodes: maxExpandedNodes,
            maxAliasedBytes: maxAliasedBytes
        )
    }
}
