internal import CLibYAML

/// libyaml's complaint in words that say what to do.
struct SyntaxError {
    /// `what; what to do`.
    let message: String
    /// Where.
    let position: Position?

    /// Reads the error that a parser has just stopped at.
    init(
        _ parser: UnsafeMutablePointer<yaml_parser_t>,
        _ bytes: UnsafeRawBufferPointer,
        lines: SourceLines?
    ) {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "unreadable"
        switch parser.pointee.error {
        case YAML_MEMORY_ERROR:
            message = "out of memory; try again"
            position = nil
        case YAML_READER_ERROR:
            let offset = Int(parser.pointee.problem_offset)
            message = Self.unreadable(problem, value: Int(parser.pointee.problem_value), offset: offset)
            position = SourceLines.position(ofByte: offset, in: bytes)
        default:
            let context = parser.pointee.context.map { String(cString: $0) } ?? ""
            let (problemMark, contextMark) = (parser.pointee.problem_mark, parser.pointee.context_mark)
            let isUnclosed = Self.isUnclosed(problem, context)
            let mark = isUnclosed ? contextMark : problemMark
            message = Self.words(problem, context, at: problemMark, start: contextMark, bytes)
            // Not the mark's own line: at the end of a text libyaml counts a line end that is not there.
            position = (lines ?? SourceLines(bytes)).position(ofCodePoint: Int(mark.index))
        }
    }

    private static func unreadable(_ problem: String, value: Int, offset: Int) -> String {
        if value == 0, problem.hasPrefix("control characters") {
            return "byte \(offset) is NUL: this is not text; remove the file from the path, or save it as UTF-8"
        }
        if problem.hasPrefix("control characters") {
            let code = String(value, radix: 16, uppercase: true)
            let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
            return "U+\(padded) cannot stand in YAML; remove it, or write it as an escape in double quotes"
        }
        return "byte \(offset) is not valid UTF-8; save the file as UTF-8"
    }

    /// Whether the mistake is where something began, not where reading stopped.
    private static func isUnclosed(_ problem: String, _ context: String) -> Bool {
        problem == "found unexpected end of stream" && context.hasPrefix("while scanning a quoted")
            || context.hasPrefix("while parsing a flow")
            || problem == "could not find expected ':'"
            || problem == "found unexpected document indicator"
    }

    private static func words(
        _ problem: String,
        _ context: String,
        at mark: yaml_mark_t,
        start: yaml_mark_t,
        _ bytes: UnsafeRawBufferPointer
    ) -> String {
        switch problem {
        case "found character that cannot start any token":
            return wrongStart(character(at: mark, in: bytes))
        case "found a tab character that violates indentation",
            "found a tab character where an indentation space is expected":
            return tab
        case "mapping values are not allowed in this context":
            return "a colon with a space is not allowed here; put the text in quotes, or correct the indentation"
        case "block sequence entries are not allowed in this context":
            return "a list item is not allowed here; begin the list on a line of its own, or correct the indentation"
        case "block mapping values are not allowed in this context", "mapping keys are not allowed in this context":
            return "a key is not allowed here; correct the indentation"
        case "could not find expected ':'":
            return "a key without a colon; write `key: value`, or indent the line if it continues a text"
        case "did not find expected key":
            return context.hasPrefix("while parsing a block")
                ? "expected a key of the map that begins at line \(start.line + 1); correct the indentation or the quotes"
                : "expected a key; correct the syntax"
        case "did not find expected '-' indicator":
            return "expected an item of the list that begins at line \(start.line + 1); correct the indentation"
        case "did not find expected ',' or ']'":
            return "a list that begins with [ does not go on with a comma or end with ]; add what is missing"
        case "did not find expected ',' or '}'":
            return "a map that begins with { does not go on with a comma or end with }; add what is missing"
        case "found unexpected end of stream", "found unexpected document indicator":
            return "a text in quotes has no end; add the closing quote"
        case "found unknown escape character", "did not find expected hexdecimal number",
            "found invalid Unicode character escape code":
            return "an escape after \\ is unknown; write \\\\ for a backslash, or use single quotes"
        case "did not find expected <document start>":
            return "text after the end of the document; separate documents with a line ---"
        case "did not find expected node content":
            return "a value is missing here; write it, or put the text in quotes"
        case "found undefined tag handle":
            return "an unknown tag handle; remove the tag, or put the text in quotes"
        default:
            return "\(problem)\(context.isEmpty ? "" : " \(context)"); correct the syntax"
        }
    }

    private static let tab = "a tab stands where only spaces may indent; replace it with spaces"

    private static func wrongStart(_ byte: UInt8?) -> String {
        switch byte {
        case UInt8(ascii: "\t"): return tab
        case let byte? where byte > 0x20 && byte < 0x7F:
            return "a text cannot begin with \(Character(Unicode.Scalar(byte))); put it in quotes"
        default: return "a text cannot begin with this character; put it in quotes"
        }
    }

    private static func character(at mark: yaml_mark_t, in bytes: UnsafeRawBufferPointer) -> UInt8? {
        var codePoints = -1
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        return bytes[start...].first { byte in
            if byte & 0xC0 != 0x80 { codePoints += 1 }
            return codePoints == Int(mark.index)
        }
    }
}
