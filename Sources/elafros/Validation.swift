internal import GitOps
internal import Resources
internal import YAML

/// What `validate` finds: the same reading and the same rules as those of a sync, without a state.
struct Validation: Sendable {
    /// The namespace of manifests that name none.
    let defaultNamespace: String
    /// How much a file may ask of the reader.
    let limits: Limits
    /// All findings, in the order of files and places once `finish` has run.
    var findings: [Finding] = []
    /// How many files were read.
    private(set) var files = 0
    /// How many documents of ours are right.
    private(set) var valid = 0
    /// How many documents are of other groups, or no manifests at all.
    private(set) var skipped = 0
    /// How many other places of an object are named.
    private static let mostPlaces = 3
    private var places: [Key: [(path: String, position: Position?)]] = [:]

    /// Nothing checked yet.
    init(defaultNamespace: String, limits: Limits) {
        self.defaultNamespace = defaultNamespace
        self.limits = limits
    }

    /// Whether anything is invalid.
    var hasErrors: Bool { findings.contains { $0.diagnostic.severity == .error } }

    /// Checks one file.
    mutating func check(_ path: String, _ bytes: [UInt8]) {
        files += 1
        let file = YAMLParser(limits: limits).parse(bytes)
        findings += file.diagnostics.map { Finding(path: path, $0) }
        let reader = ManifestReader(defaultNamespace: defaultNamespace)
        for document in file.documents {
            // As a sync reads it: a list's items one by one, and a document with errors of its syntax for all others too.
            for manifest in reader.manifests(in: document.root) {
                add(manifest, of: document, path)
            }
        }
    }

    private mutating func add(_ manifest: Manifest, of document: Document, _ path: String) {
        switch manifest {
        case .desired(let desired, let warnings):
            if !document.hasErrors { valid += 1 }
            findings += warnings.map { Finding(path: path, $0) }
            places[desired.key, default: []].append((path, desired.position))
        case .configuration(let node):
            let (desired, claimed, errors) = ChildReading(parent: nil).read(node)
            if desired != nil, !document.hasErrors { valid += 1 }
            findings += errors.map { Finding(path: path, $0) }
            if let claimed { places[claimed, default: []].append((path, node.position)) }
        case .skipped(let note):
            skipped += 1
            findings.append(Finding(path: path, note))
        case .invalid(let errors, let claimed):
            findings += errors.map { Finding(path: path, $0) }
            if let claimed { places[claimed, default: []].append((path, document.root.position)) }
        }
    }

    /// Finds what no single file shows, and sorts.
    mutating func finish() {
        if files == 0, findings.isEmpty {
            let message = "no manifests: no *.yaml, *.yml or *.json; check the path"
            findings.append(Finding(path: "", Diagnostic(.note, at: nil, message)))
        }
        for (key, places) in places where places.count > 1 {
            for (index, place) in places.enumerated() {
                // As a sync names them: as far as one reads on, so that thousands do not cost the square of that.
                let others = places.prefix(Self.mostPlaces + 2).enumerated().filter { $0.offset != index }.map {
                    other in
                    other.element.position.map { "\(other.element.path):\($0)" } ?? other.element.path
                }
                let names = others.prefix(Self.mostPlaces).joined(separator: ", ")
                let rest = others.count > Self.mostPlaces ? " and elsewhere" : ""
                let message = "\(key) stands twice, also at \(names)\(rest); keep one of them"
                findings.append(Finding(path: place.path, Diagnostic(.error, at: place.position, message)))
            }
        }
        findings.sort()
    }
}

extension Validation {
    private func count(_ severity: Diagnostic.Severity) -> Int {
        findings.count { $0.diagnostic.severity == severity }
    }

    /// `12 files, 20 objects: 2 errors, 1 warning`.
    func summary(_ paint: Paint) -> String {
        let found = [
            (count(.error), "error", Colour.bad), (count(.warning), "warning", .waiting),
            (count(.note), "note", .faint),
        ].filter { $0.0 > 0 }.map { paint(counted($0.0, $0.1), $0.2) }
        let read = "\(counted(files, "file")), \(counted(valid, "valid object"))"
        return "\(read): " + (found.isEmpty ? paint("no errors", .good) : found.joined(separator: ", "))
    }

    /// As data.
    func value(_ shown: [Finding]) -> Value {
        [
            "files": .int(files), "valid": .int(valid), "skipped": .int(skipped), "errors": .int(count(.error)),
            "warnings": .int(count(.warning)), "notes": .int(count(.note)),
            "findings": .list(shown.map { FindingLines.value($0) }),
        ]
    }
}

/// `1 file`, `2 files`.
func counted(_ number: Int, _ noun: String, plural: String? = nil) -> String {
    "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
}
