internal import Git
internal import Resources
internal import YAML

/// Turns the content of one file into what its documents want. Pure, so that files are decoded side by side.
struct ManifestDecoder: Sendable {
    private let parser: YAMLParser
    private let reader: ManifestReader
    private let children: ChildReading
    private let maxBytes: Int

    init(_ options: SyncOptions) {
        parser = YAMLParser(limits: options.limits)
        reader = ManifestReader(defaultNamespace: options.defaultNamespace)
        children = ChildReading(parent: options)
        maxBytes = options.limits.maxBytes
    }

    /// Reads a file's content.
    func decode(_ path: GitPath, _ id: ObjectID, _ blob: Blob) -> FileReading {
        guard path.isText else { return refused(path, id, "the file's name is not UTF-8; rename it") }
        switch blob {
        case .tooLarge(let size):
            return refused(
                path,
                id,
                "the file has \(size) bytes, more than \(maxBytes); split it, or name it in \(IgnoreRules.fileName)"
            )
        case .bytes(let bytes) where Blob.isLFSPointer(bytes):
            return refused(
                path,
                id,
                "the file is kept in Git LFS, whose content is not fetched; commit the manifest itself"
            )
        case .bytes(let bytes): return decode(path, id, bytes)
        }
    }

    /// What is said of an entry that is no file.
    func decode(_ path: GitPath, _ entry: Entry) -> FileReading {
        if entry.kind == .symlink, ManifestFilter.isManifestName(path.text) {
            let what = "a symbolic link, which is never followed; commit the manifest itself, or name the link in"
            return refused(path, entry.id, "\(what) \(IgnoreRules.fileName)")
        }
        var reading = FileReading(path: path, id: entry.id)
        let note =
            entry.kind == .symlink
            ? "a symbolic link, which is never followed; manifests that it leads to count only where they stand"
            : "a submodule, which is not read; follow its repository with a Sync of its own"
        reading.messages = [Diagnostic(.note, at: nil, note)]
        reading.mayNameMore = true
        return reading
    }

    private func refused(_ path: GitPath, _ id: ObjectID, _ message: String) -> FileReading {
        var reading = FileReading(path: path, id: id)
        reading.messages = [Diagnostic(.error, at: nil, message)]
        reading.mayNameMore = true
        return reading
    }

    private func decode(_ path: GitPath, _ id: ObjectID, _ bytes: [UInt8]) -> FileReading {
        let file = parser.parse(bytes)
        var reading = FileReading(path: path, id: id)
        var findings = FindingsByDocument(file)
        reading.messages = findings.ofFile
        reading.documents.reserveCapacity(file.documents.count)
        for (index, document) in file.documents.enumerated() {
            reading.documents += decode(document, findings.take(index))
        }
        let isCutOff = findings.ofFile.contains { $0.severity == .error }
        // What stands before a syntax error may be half of what its author meant: the file counts as a whole.
        if isCutOff { reading.documents = reading.documents.map(\.heldBack) }
        reading.mayNameMore =
            isCutOff || file.documents.last?.hasErrors ?? false || reading.documents.contains(where: \.isInvalid)
        return reading
    }

    /// A document is one object, or as many as a `List` has items; the parser's findings go to the first.
    private func decode(_ document: Document, _ findings: [Diagnostic]) -> [DocumentReading] {
        let manifests = reader.manifests(in: document.root)
        return manifests.enumerated().map { index, manifest in
            let findings = index == 0 ? findings : []
            switch manifest {
            case .desired(let desired, let warnings):
                return DocumentReading(
                    position: desired.position,
                    content: document.hasErrors ? .invalid(claimed: desired.key) : .desired(desired),
                    messages: findings + warnings
                )
            case .configuration(let node):
                let (desired, claimed, errors) = children.read(node)
                let isRight = desired != nil && !document.hasErrors
                return DocumentReading(
                    position: node.position,
                    content: desired.flatMap { isRight ? .desired($0) : nil } ?? .invalid(claimed: claimed),
                    messages: findings + errors
                )
            case .skipped(let note):
                // A document that is none of ours holds nothing back, however it is written. But its author may have meant
                // one of ours, and then wants to read what is wrong with it.
                let warnings = findings.map { Diagnostic(.warning, at: $0.position, $0.message) }
                return DocumentReading(position: note.position, content: .skipped, messages: warnings + [note])
            case .invalid(let errors, let claimed):
                let position = manifests.count == 1 ? document.root.position : errors.first?.position
                return DocumentReading(
                    position: position,
                    content: .invalid(claimed: claimed),
                    messages: findings + errors
                )
            }
        }
    }
}

extension DocumentReading {
    /// The same document in a file that does not count.
    fileprivate var heldBack: DocumentReading {
        guard case .desired(let desired) = content else { return self }
        return DocumentReading(position: position, content: .invalid(claimed: desired.key), messages: messages)
    }
}

/// A parser's findings, each given to the document in which it stands.
private struct FindingsByDocument {
    /// Those that stand in no document: before the first, or in one that a syntax error cut off.
    private(set) var ofFile: [Diagnostic] = []
    private var ofDocuments: [Int: [Diagnostic]] = [:]

    init(_ file: ParsedFile) {
        guard !file.diagnostics.isEmpty else { return }
        for finding in file.diagnostics {
            let document = finding.position.flatMap { place in
                file.documents.lastIndex { ($0.root.position ?? place) <= place }
            }
            // An error after the beginning of a document without errors lies beyond its end.
            if let document, finding.severity != .error || file.documents[document].hasErrors {
                ofDocuments[document, default: []].append(finding)
            } else {
                ofFile.append(finding)
            }
        }
    }

    mutating func take(_ index: Int) -> [Diagnostic] { ofDocuments.removeValue(forKey: index) ?? [] }
}
