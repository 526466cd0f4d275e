/// Turns libyaml's events, one at a time, into an arena, and finds what no event alone shows: repeated keys, aliases
/// that lead nowhere or into themselves, merge keys, and limits.
///
/// Knows nothing of libyaml. After an error of content it goes on, so that a file's errors are found together; after a
/// limit it `isStopped`, and nothing more may be handed in.
struct TreeBuilder {
    /// What events say about a node, whatever its kind.
    struct Head {
        let line: UInt32
        let column: UInt32
        var tag = Arena.Tag.none
        // Pointers, valid for the call, rather than strings: hardly any node has a tag or an anchor, and counting
        // references for all of them would show.
        /// The full tag, ended by NUL, or nil where none is written.
        var tagText: UnsafePointer<UInt8>?
        /// The anchor, ended by NUL, or nil where none is written.
        var anchor: UnsafePointer<UInt8>?
    }

    /// How many errors, and how many warnings, a file may have before the rest is left out.
    ///
    /// Nobody reads more at once, and a hostile file has a hundred thousand.
    static let maxFindings = 100

    /// Whether a limit was passed, so that reading must end.
    private(set) var isStopped = false

    private let limits: Limits
    private var records: [Arena.Record] = []
    private var text: [UInt8] = []
    private var otherTags: [UInt32: String] = [:]
    private var mergedEntries: [Arena.Link] = []
    private var merged: [Range<UInt32>] = []
    private var open: [Frame] = []
    private var anchors: [Anchor] = []
    private var anchorsByName: [String: Int32] = [:]
    private var roots: [(index: Int, hasErrors: Bool)] = []
    private var errorsBeforeDocument = 0
    private var diagnostics: [Diagnostic] = []
    private var errors = 0
    private var warnings = 0
    /// How many nodes there are so far with aliases replaced by what they stand for, and the work of merging on top.
    private var expandedNodes = 0
    /// How many bytes of text replacing aliases would add so far.
    private var aliasedBytes = 0

    /// A list or map whose end has not come yet.
    private struct Frame {
        let index: Int
        let isMapping: Bool
        let anchor: Int32
        let expandedBefore: Int
        let bytesBefore: Int
        var children: UInt32 = 0
        /// How many levels of lists and maps there are below, aliases included.
        var height = 0
        var hasMergeKey = false
    }

    /// A node that aliases can name.
    private struct Anchor {
        let index: Int
        var isOpen: Bool
        var expandedNodes = 1
        var bytes = 0
        var height = 0
    }

    init(limits: Limits, sizeOfSource: Int) {
        self.limits = limits
        // Text hardly ever grows by resolving escapes; about every tenth byte begins a node.
        text.reserveCapacity(sizeOfSource)
        records.reserveCapacity(min(sizeOfSource / 10 + 8, limits.maxNodes))
        open.reserveCapacity(16)
    }

    /// Everything found. Call once, at the end.
    consuming func finish() -> ParsedFile {
        let arena = Arena(
            records: records,
            text: text,
            otherTags: otherTags,
            mergedEntries: mergedEntries,
            merged: merged
        )
        if errors > Self.maxFindings || warnings > Self.maxFindings {
            diagnostics.append(Diagnostic(.note, at: nil, "further findings are left out; mend these first"))
        }
        return ParsedFile(
            documents: roots.map { Document(root: Node(arena, $0.index), hasErrors: $0.hasErrors) },
            diagnostics: diagnostics.count > 1 ? Self.sorted(diagnostics) : diagnostics
        )
    }

    /// By place; what has none comes last, and what shares a place stays in the order of finding.
    private static func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        let end = Position(line: .max, column: .max)
        return diagnostics.enumerated()
            .sorted { ($0.element.position ?? end, $0.offset) < ($1.element.position ?? end, $1.offset) }
            .map(\.element)
    }
}

// MARK: Findings

extension TreeBuilder {
    /// Notes an error.
    mutating func fail(_ message: String, at position: Position?) {
        errors += 1
        if errors <= Self.maxFindings { diagnostics.append(Diagnostic(.error, at: position, message)) }
    }

    private mutating func warn(_ message: String, at position: Position?) {
        warnings += 1
        if warnings <= Self.maxFindings { diagnostics.append(Diagnostic(.warning, at: position, message)) }
    }

    private mutating func stop(_ message: String, at position: Position?) {
        fail(message, at: position)
        isStopped = true
    }
}

// MARK: Documents

extension TreeBuilder {
    mutating func startDocument() {
        errorsBeforeDocument = errors
        anchors.removeAll(keepingCapacity: true)
        anchorsByName.removeAll(keepingCapacity: true)
        open.removeAll(keepingCapacity: true)
        roots.append((records.count, false))
    }

    mutating func endDocument() {
        guard let root = roots.last, root.index < records.count else { return }
        let record = records[root.index]
        let isEmpty = record.kind == .scalar && record.isPlain && record.second == 0 && record.tag == .none
        if isEmpty && errors == errorsBeforeDocument {
            roots.removeLast()
        } else {
            roots[roots.count - 1].hasErrors = errors > errorsBeforeDocument
        }
    }

    /// Gives up the document whose end has not come, after a syntax error or a limit.
    mutating func dropDocument() {
        roots.removeLast()
    }
}

// MARK: Nodes

extension TreeBuilder {
    mutating func scalar(_ head: Head, _ bytes: UnsafeBufferPointer<UInt8>, isPlain: Bool) {
        guard let isKey = begin(head) else { return }
        let index = records.count
        var record = Arena.Record(kind: .scalar, tag: head.tag, isPlain: isPlain, line: head.line, column: head.column)
        record.first = UInt32(text.count)
        record.second = UInt32(bytes.count)
        records.append(record)
        text.append(contentsOf: bytes)
        if head.anchor != nil { anchors[Int(define(head, index: index, isOpen: false))].bytes = bytes.count }
        if head.tag != .none { checkTag(head, bytes, .scalar) }
        if isKey {
            checkKey(record, bytes)
        } else if isPlain, head.tag == .none, let reading = YAML11.otherReading(of: bytes) {
            warn(
                "YAML 1.1 takes \(quoted(bytes)) for \(reading), YAML 1.2 and this program for "
                    + "\(Self.name(of: CoreScalar.plain(bytes))); put it in quotes if it is text, else spell it otherwise",
                at: record.position
            )
        }
    }

    mutating func startCollection(_ head: Head, isMapping: Bool) {
        let depth = open.count + 1
        guard let isKey = begin(head) else { return }
        guard depth <= limits.maxDepth else {
            return stop(
                "lists and maps nest more than \(limits.maxDepth) deep; flatten them",
                at: Position(head)
            )
        }
        if isKey { fail("a key must be text, not a list or map; write text before the colon", at: Position(head)) }
        if head.tag != .none {
            checkTag(head, UnsafeBufferPointer(start: nil, count: 0), isMapping ? .mapping : .sequence)
        }
        let index = records.count
        let anchor = head.anchor == nil ? -1 : define(head, index: index, isOpen: true)
        open.append(
            Frame(
                index: index,
                isMapping: isMapping,
                anchor: anchor,
                expandedBefore: expandedNodes - 1,
                bytesBefore: text.count + aliasedBytes
            )
        )
        records.append(
            Arena.Record(kind: isMapping ? .mapping : .sequence, tag: head.tag, line: head.line, column: head.column)
        )
    }

    mutating func endCollection() {
        guard let frame = open.popLast() else { return }
        records[frame.index].first = UInt32(records.count)
        records[frame.index].second = frame.isMapping ? frame.children / 2 : frame.children
        if frame.isMapping {
            if frame.children > 2 { checkRepeatedKeys(frame) }
            if frame.hasMergeKey { resolveMergeKeys(frame) }
        }
        if !open.isEmpty { open[open.count - 1].height = max(open[open.count - 1].height, frame.height + 1) }
        if frame.anchor >= 0 {
            anchors[Int(frame.anchor)].isOpen = false
            anchors[Int(frame.anchor)].expandedNodes = expandedNodes - frame.expandedBefore
            anchors[Int(frame.anchor)].bytes = text.count + aliasedBytes - frame.bytesBefore
            anchors[Int(frame.anchor)].height = frame.height + 1
        }
    }

    mutating func alias(_ name: String, line: UInt32, column: UInt32) {
        let head = Head(line: line, column: column)
        guard let isKey = begin(head) else { return }
        guard let id = anchorsByName[name], !anchors[Int(id)].isOpen else {
            let isOpen = anchorsByName[name] != nil
            fail(
                isOpen
                    ? "*\(name) stands inside the node that it names, which would never end; name another anchor"
                    : "no anchor &\(name) stands before this alias; add it, or write the value out",
                at: Position(head)
            )
            // A node must stand here all the same, for the tree to keep its shape.
            records.append(Arena.Record(kind: .scalar, isPlain: true, line: line, column: column))
            return
        }
        let anchor = anchors[Int(id)]
        let target = records[anchor.index]
        guard count(anchor.expandedNodes - 1, at: Position(head)) else { return }
        // What one anchor stands for is bounded by the file and this limit, so that the sum cannot overflow.
        aliasedBytes += anchor.bytes
        guard aliasedBytes <= limits.maxAliasedBytes else {
            return stop(
                "aliases stand for more than \(limits.maxAliasedBytes) bytes of text; write less through aliases",
                at: Position(head)
            )
        }
        guard open.count + anchor.height <= limits.maxDepth else {
            return stop("aliases make this nest more than \(limits.maxDepth) deep; flatten it", at: Position(head))
        }
        if !open.isEmpty { open[open.count - 1].height = max(open[open.count - 1].height, anchor.height) }
        records.append(Arena.Record(kind: .alias, line: line, column: column, first: UInt32(anchor.index)))
        guard isKey else { return }
        if target.kind == .scalar {
            withText(of: target) { builder, bytes in builder.checkKey(target, bytes, at: Position(head)) }
        } else {
            fail("a key must be text, not an alias of a list or map; write text before the colon", at: Position(head))
        }
    }

    /// Counts a node, and says whether it stands in the place of a key; nil where a limit was passed.
    @inline(__always)
    private mutating func begin(_ head: Head) -> Bool? {
        guard records.count < limits.maxNodes else {
            stop("the file has more than \(limits.maxNodes) nodes; split it", at: Position(head))
            return nil
        }
        guard count(1, at: Position(head)) else { return nil }
        guard !open.isEmpty else { return false }
        let last = open.count - 1
        defer { open[last].children += 1 }
        return open[last].isMapping && open[last].children & 1 == 0
    }

    /// Adds to the number of nodes after replacing aliases; false where that passes the limit.
    @inline(__always)
    private mutating func count(_ nodes: Int, at position: Position?) -> Bool {
        let (sum, overflowed) = expandedNodes.addingReportingOverflow(nodes)
        expandedNodes = overflowed ? .max : sum
        if expandedNodes <= limits.maxExpandedNodes { return true }
        stop(
            "with aliases replaced by what they stand for, the file has more than \(limits.maxExpandedNodes) nodes; "
                + "write less through aliases",
            at: position
        )
        return false
    }

    /// Notes the anchor that the head has.
    private mutating func define(_ head: Head, index: Int, isOpen: Bool) -> Int32 {
        let name = head.anchor.map { String(cString: $0) } ?? ""
        let id = Int32(anchors.count)
        anchors.append(Anchor(index: index, isOpen: isOpen))
        // A later anchor of the same name hides the earlier one, as YAML has it.
        anchorsByName[name] = id
        return id
    }
}

// MARK: Keys

extension TreeBuilder {
    private mutating func checkKey(
        _ record: Arena.Record,
        _ bytes: UnsafeBufferPointer<UInt8>,
        at position: Position? = nil
    ) {
        let isPlain = record.isPlain && record.tag == .none
        if record.tag == .null || isPlain && CoreScalar.isNull(bytes) {
            fail(
                "a key is missing or null; write text before the colon, in quotes if it is ~ or null",
                at: position ?? record.position
            )
        } else if record.tag == .merge || isPlain && isMergeWord(bytes) {
            open[open.count - 1].hasMergeKey = true
        }
    }

    private func isMergeWord(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.count == 2 && text[0] == UInt8(ascii: "<") && text[1] == UInt8(ascii: "<")
    }

    private func isMergeKey(_ record: Arena.Record) -> Bool {
        guard record.kind == .scalar else { return false }
        if record.tag == .merge { return true }
        guard record.isPlain, record.tag == .none else { return false }
        return text.withUnsafeBufferPointer { isMergeWord(UnsafeBufferPointer(rebasing: $0[record.textRange])) }
    }

    private func next(after index: Int) -> Int {
        let record = records[index]
        return record.kind == .sequence || record.kind == .mapping ? Int(record.first) : index + 1
    }

    private func resolved(_ index: Int) -> Int {
        records[index].kind == .alias ? Int(records[index].first) : index
    }

    private mutating func checkRepeatedKeys(_ frame: Frame) {
        let repeated = records.withUnsafeBufferPointer { records in
            text.withUnsafeBufferPointer { text in
                RepeatedKeys.find(in: frame.index, entries: Int(frame.children / 2), records, text)
            }
        }
        for (first, second) in repeated {
            let key = records[resolved(second)]
            withText(of: key) { builder, bytes in
                let place = builder.records[first].position.map { "line \($0.line), column \($0.column)" } ?? "before"
                builder.fail(
                    "duplicate key \(quoted(bytes)), first at \(place); remove one of the two",
                    at: builder.records[second].position
                )
            }
        }
    }

    /// Gives a mapping its own entries, then those of each merged mapping that it does not have yet.
    private mutating func resolveMergeKeys(_ frame: Frame) {
        var own: [Arena.Link] = []
        var sources: [Int] = []
        var child = frame.index + 1
        while child < records.count {
            let (key, value) = (child, next(after: child))
            child = next(after: value)
            if isMergeKey(records[resolved(key)]) {
                sources += mergeSources(value)
            } else {
                own.append(Arena.Link(key: UInt32(key), value: UInt32(value)))
            }
        }
        let place = records[frame.index].position
        var known = Set(own.map { keyBytes($0) })
        var entries = own
        for source in sources {
            let links = self.links(of: source)
            // Looking at an entry is work, whether it turns out new or not.
            guard count(links.count, at: place) else { return }
            for link in links where known.insert(keyBytes(link)).inserted { entries.append(link) }
        }
        records[frame.index].hasMergeKey = true
        records[frame.index].second = UInt32(merged.count)
        let start = UInt32(mergedEntries.count)
        mergedEntries += entries
        merged.append(start..<UInt32(mergedEntries.count))
    }

    /// The mappings that a merge key names: one, or a list of them.
    private mutating func mergeSources(_ value: Int) -> [Int] {
        let node = resolved(value)
        switch records[node].kind {
        case .mapping: return [node]
        case .sequence:
            var sources: [Int] = []
            var item = node + 1
            while item < records[node].first {
                let source = resolved(item)
                if records[source].kind == .mapping { sources.append(source) } else { failMerge(item) }
                item = next(after: item)
            }
            return sources
        case .scalar, .alias:
            failMerge(value)
            return []
        }
    }

    private mutating func failMerge(_ index: Int) {
        fail(
            "the merge key << takes a map or a list of maps; give it one, or put << in quotes if it is text",
            at: records[index].position
        )
    }

    private func links(of mapping: Int) -> [Arena.Link] {
        let record = records[mapping]
        if record.hasMergeKey {
            let range = merged[Int(record.second)]
            return Array(mergedEntries[Int(range.lowerBound)..<Int(range.upperBound)])
        }
        var links: [Arena.Link] = []
        var child = mapping + 1
        while child < record.first {
            let value = next(after: child)
            links.append(Arena.Link(key: UInt32(child), value: UInt32(value)))
            child = next(after: value)
        }
        return links
    }

    private func keyBytes(_ link: Arena.Link) -> [UInt8] {
        let record = records[resolved(Int(link.key))]
        return record.kind == .scalar ? Array(text[record.textRange]) : []
    }

    private mutating func withText(
        of record: Arena.Record,
        _ body: (inout TreeBuilder, UnsafeBufferPointer<UInt8>) -> Void
    ) {
        // A copy, as the buffer must not be lent out while the builder may change. Only on the way to a finding, and for
        // keys that are aliases.
        Array(text[record.textRange]).withUnsafeBufferPointer { body(&self, $0) }
    }
}

// MARK: Tags

extension TreeBuilder {
    private mutating func checkTag(_ head: Head, _ bytes: UnsafeBufferPointer<UInt8>, _ kind: Arena.Kind) {
        switch (head.tag, kind) {
        case (.int, .scalar), (.float, .scalar), (.bool, .scalar), (.null, .scalar):
            guard CoreScalar.tagged(bytes, head.tag) == nil else { return }
            fail(
                "\(quoted(bytes)) does not fit its tag !!\(head.tag); correct it, or remove the tag",
                at: Position(head)
            )
        case (.other, _):
            let tag = head.tagText.map { String(cString: $0) } ?? ""
            otherTags[UInt32(kind == .scalar ? records.count - 1 : records.count)] = tag
            warn("the tag \(tag) means nothing here; remove it", at: Position(head))
        case (.str, .scalar), (.nonSpecific, _), (.map, .mapping), (.seq, .sequence), (.merge, .scalar): break
        default:
            fail("the tag !!\(head.tag) does not fit what it stands before; remove it", at: Position(head))
        }
    }

    private static func name(of value: Value) -> String {
        switch value {
        case .string: "text"
        case .int(let int): "the number \(int)"
        case .double(let double): "the number \(CoreScalar.text(of: double))"
        default: "another value"
        }
    }
}

/// A text in quotes for a message, cut short where it is long.
private func quoted(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    var text = Value.string(String(decoding: bytes.prefix(60), as: UTF8.self)).json
    if bytes.count > 60 { text += "…" }
    return text
}

extension Position {
    fileprivate init(_ head: TreeBuilder.Head) {
        self.init(line: Int(head.line), column: Int(head.column))
    }
}
