internal import CLibYAML

/// Reads YAML 1.2, and JSON, which is a part of it, from text into nodes with places.
///
/// Never throws: what is wrong is a finding with a place, and the errors of a file are found together as far as its
/// syntax lets reading go on. Safe to feed with anything: what a text can cost is bounded by ``Limits``.
public struct YAMLParser: Sendable {
    /// What a file may cost.
    public let limits: Limits

    /// Creates a parser.
    public init(limits: Limits = .default) {
        self.limits = limits
    }
}

/// What a file held: its documents, and all findings about it in the order of their places.
public struct ParsedFile: Sendable {
    /// The documents, those without content left out; at most those before the first syntax error.
    public let documents: [Document]
    /// The findings, by place.
    public let diagnostics: [Diagnostic]

    init(documents: [Document], diagnostics: [Diagnostic]) {
        self.documents = documents
        self.diagnostics = diagnostics
    }

    /// Whether one of the findings is an error.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

extension YAMLParser {
    /// Reads a file: UTF-8, or UTF-16 with a byte-order mark.
    ///
    /// A file begins at line 1 and may hold several documents. Nothing points to `bytes` afterwards.
    public func parse(_ bytes: UnsafeRawBufferPointer) -> ParsedFile {
        guard bytes.count <= min(limits.maxBytes, 1 << 30) else {
            return Self.refused("the file has \(bytes.count) bytes, more than \(limits.maxBytes); split it")
        }
        guard let isLittleEndian = Self.byteOrderOfUTF16(bytes) else { return parseUTF8(bytes) }
        guard let text = Self.transcoded(bytes, isLittleEndian: isLittleEndian) else {
            return Self.refused("the text is not valid UTF-16; save the file as UTF-8")
        }
        return parse(text)
    }

    /// Reads a file from an array of bytes.
    public func parse(_ bytes: [UInt8]) -> ParsedFile {
        bytes.withUnsafeBytes { parse($0) }
    }

    /// Reads a file from a string.
    public func parse(_ text: String) -> ParsedFile {
        text.withBytes { parse(UnsafeRawBufferPointer($0)) }
    }

    private static func refused(_ message: String) -> ParsedFile {
        ParsedFile(documents: [], diagnostics: [Diagnostic(.error, at: nil, message)])
    }

    /// Whether UTF-16 has its low byte first, or nil for other encodings.
    private static func byteOrderOfUTF16(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        guard bytes.count >= 2 else { return nil }
        switch (bytes[0], bytes[1]) {
        case (0xFF, 0xFE): return true
        case (0xFE, 0xFF): return false
        default: return nil
        }
    }

    /// UTF-16 as a string. Ours rather than libyaml's, so that byte offsets and places mean one encoding alone.
    private static func transcoded(_ bytes: UnsafeRawBufferPointer, isLittleEndian: Bool) -> String? {
        guard bytes.count.isMultiple(of: 2) else { return nil }
        let units = stride(from: 2, to: bytes.count, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return isLittleEndian ? second << 8 | first : first << 8 | second
        }
        return String(validating: units, as: UTF16.self)
    }
}

extension YAMLParser {
    private func parseUTF8(_ bytes: UnsafeRawBufferPointer) -> ParsedFile {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return ParsedFile(documents: [], diagnostics: []) }
        if let excess = TagDirectives.excess(in: bytes) {
            let message = "the file has more than \(TagDirectives.maxCount) %TAG directives; write the tags out"
            let place = SourceLines.position(ofByte: excess, in: bytes)
            return ParsedFile(documents: [], diagnostics: [Diagnostic(.error, at: place, message)])
        }
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else { return Self.refused("out of memory; try again") }
        defer { yaml_parser_delete(parser) }
        yaml_parser_set_input_string(parser, base.assumingMemoryBound(to: UInt8.self), bytes.count)

        var reader = EventReader(
            lines: SourceLines.areNeeded(for: bytes) ? SourceLines(bytes) : nil,
            builder: TreeBuilder(limits: limits, sizeOfSource: bytes.count)
        )
        return reader.read(parser, bytes)
    }
}

/// Pulls libyaml's events and hands them on in Swift's types.
private struct EventReader {
    let lines: SourceLines?
    var builder: TreeBuilder

    mutating func read(_ parser: UnsafeMutablePointer<yaml_parser_t>, _ bytes: UnsafeRawBufferPointer) -> ParsedFile {
        var event = yaml_event_t()
        var isInDocument = false
        while true {
            guard yaml_parser_parse(parser, &event) == 1 else {
                let error = SyntaxError(parser, bytes, lines: lines)
                builder.fail(error.message, at: error.position)
                break
            }
            defer { yaml_event_delete(&event) }
            switch event.type {
            case YAML_DOCUMENT_START_EVENT:
                isInDocument = true
                builder.startDocument()
            case YAML_DOCUMENT_END_EVENT:
                isInDocument = false
                builder.endDocument()
            case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return builder.finish()
            default: handOnNode(&event)
            }
            if builder.isStopped { break }
        }
        if isInDocument { builder.dropDocument() }
        return builder.finish()
    }

    @inline(__always)
    private mutating func handOnNode(_ event: inout yaml_event_t) {
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            builder.scalar(
                head(event.start_mark, anchor: scalar.anchor, tag: scalar.tag),
                UnsafeBufferPointer(start: scalar.value, count: scalar.length),
                isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE
            )
        case YAML_SEQUENCE_START_EVENT:
            let sequence = event.data.sequence_start
            builder.startCollection(
                head(event.start_mark, anchor: sequence.anchor, tag: sequence.tag),
                isMapping: false
            )
        case YAML_MAPPING_START_EVENT:
            let mapping = event.data.mapping_start
            builder.startCollection(head(event.start_mark, anchor: mapping.anchor, tag: mapping.tag), isMapping: true)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: builder.endCollection()
        case YAML_ALIAS_EVENT:
            let (line, column) = place(event.start_mark)
            builder.alias(String(cString: event.data.alias.anchor), line: line, column: column)
        default: break
        }
    }

    @inline(__always)
    private func head(
        _ mark: yaml_mark_t,
        anchor: UnsafeMutablePointer<yaml_char_t>?,
        tag: UnsafeMutablePointer<yaml_char_t>?
    ) -> TreeBuilder.Head {
        let (line, column) = place(mark)
        return TreeBuilder.Head(
            line: line,
            column: column,
            tag: tag.map { Self.tag($0) } ?? .none,
            tagText: tag.map { UnsafePointer($0) },
            anchor: anchor.map { UnsafePointer($0) }
        )
    }

    @inline(__always)
    private func place(_ mark: yaml_mark_t) -> (line: UInt32, column: UInt32) {
        guard let lines else { return (UInt32(mark.line + 1), UInt32(mark.column + 1)) }
        let position = lines.position(ofCodePoint: Int(mark.index))
        return (UInt32(position.line), UInt32(position.column))
    }

    private static func tag(_ pointer: UnsafeMutablePointer<yaml_char_t>) -> Arena.Tag {
        let text = String(cString: pointer)
        let prefix = "tag:yaml.org,2002:"
        guard text.hasPrefix(prefix) else { return text == "!" ? .nonSpecific : .other }
        switch text.dropFirst(prefix.count) {
        case "str": return .str
        case "int": return .int
        case "float": return .float
        case "bool": return .bool
        case "null": return .null
        case "map": return .map
        case "seq": return .seq
        case "merge": return .merge
        default: return .other
        }
    }
}
