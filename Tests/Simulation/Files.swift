import Resources
import YAML

/// The files of the followed repository, as a model: what they mean is known without reading YAML.
struct Files: Sendable, Hashable {
    /// One document that names a Service.
    struct Document: Sendable, Hashable {
        var file: Int
        /// A second file that names the same object.
        var secondFile: Int?
        var image = 0
        var mode = Mode.runLatest
        /// Bits: a label, an environment variable, an annotation.
        var extras = 0
        var isRespelled = false
        var isBroken = false
        var isKept = false
        var hasBuild = false
        var wave = 0
        /// Seconds that a rollout takes; nil where nothing is said.
        var pace: Int?
        /// The steps of its own in which traffic moves; none where nothing is said.
        var steps: [Int] = []
    }

    enum Mode: Sendable, Hashable {
        case runLatest, manual
        case pinned(Int, percent: Int)
        case release(Int, Int, percent: Int)
    }

    /// By the number of the name.
    var documents: [Int: Document] = [:]
    /// The files whose YAML ends in the middle.
    var broken: Set<Int> = []
    var unrelated = 0
}

extension Files {
    /// Whether any file or document is wrong.
    var hasBroken: Bool { !broken.isEmpty || documents.values.contains(where: \.isBroken) }

    /// The files that are there and hold something wrong.
    var wrongFiles: [Int] {
        let named = documents.sorted { $0.key < $1.key }
        let there = named.flatMap { files(naming: $0.key) }
        let documents = named.filter(\.value.isBroken).flatMap { files(naming: $0.key) }
        return there.filter(broken.contains) + documents
    }

    /// What every file gave the last time that it could be read, once these files are applied: a wrong one may name still what
    /// it gave `before`, but for what another file names by now.
    func given(before: [Int: Set<Int>]) -> [Int: Set<Int>] {
        var given: [Int: Set<Int>] = [:]
        for number in documents.keys {
            for file in files(naming: number) { given[file, default: []].insert(number) }
        }
        for file in Set(wrongFiles) {
            given[file, default: []].formUnion(before[file, default: []].filter { documents[$0] == nil })
        }
        return given
    }

    static func name(_ number: Int) -> String { "s\(number)" }

    static func key(_ number: Int) -> Key { Key(.service, "default", name(number)) }

    /// The folder of a file, and its path.
    static func path(_ file: Int, in folders: [String]) -> (folder: String, path: String) {
        let folder = folders[file % folders.count]
        let name = ["a.yaml", "b.yml", "deep/c.yaml", "é d.yaml", "e.json.yaml", "f.yaml", "deep/er/g.yaml", "h.yml"][
            file % 8
        ]
        return (folder, folder.isEmpty ? name : "\(folder)/\(name)")
    }

    /// The files that name a Service, in order.
    func files(naming number: Int) -> [Int] {
        guard let document = documents[number] else { return [] }
        return [document.file] + (document.secondFile.map { [$0] } ?? [])
    }

    mutating func apply(_ edit: Action.Edit) -> Bool {
        func change(_ number: Int, _ body: (inout Document) -> Void) -> Bool {
            guard documents[number] != nil, var document = documents[number] else { return false }
            let before = document
            body(&document)
            documents[number] = document
            return document != before
        }
        switch edit {
        case .create(let number, let file):
            guard documents[number] == nil else { return false }
            documents[number] = Document(file: file)
            return true
        case .image(let number, let image): return change(number) { $0.image = image }
        case .runLatest(let number): return change(number) { $0.mode = .runLatest }
        case .manual(let number): return change(number) { $0.mode = .manual }
        case .pin(let number, let revision, let percent):
            return change(number) { $0.mode = .pinned(revision, percent: percent) }
        case .release(let number, let first, let second, let percent):
            return change(number) { $0.mode = .release(first, second, percent: percent) }
        case .extras(let number, let bits): return change(number) { $0.extras = bits }
        case .respell(let number): return change(number) { $0.isRespelled.toggle() }
        case .pace(let number, let choice): return change(number) { $0.pace = [nil, 0, 7, 100][choice] }
        case .steps(let number, let steps): return change(number) { $0.steps = steps }
        case .build(let number): return change(number) { $0.hasBuild.toggle() }
        case .breakDocument(let number): return change(number) { $0.isBroken.toggle() }
        case .wave(let number, let wave): return change(number) { $0.wave = wave }
        case .keep(let number): return change(number) { $0.isKept.toggle() }
        case .breakFile(let file):
            guard documents.values.contains(where: { $0.file == file }) else { return false }
            return broken.insert(file).inserted
        case .mendFile:
            guard !broken.isEmpty else { return false }
            broken = []
            return true
        case .move(let number, let file): return change(number) { $0.file = file }
        case .duplicate(let number, let file):
            return change(number) { $0.secondFile = $0.secondFile == nil && $0.file != file ? file : nil }
        case .rename(let number, let other):
            guard documents[other] == nil, let document = documents[number] else { return false }
            documents[number] = nil
            documents[other] = document
            return true
        case .delete(let number): return documents.removeValue(forKey: number) != nil
        case .unrelated:
            unrelated += 1
            return true
        }
    }

    /// The text of every file, by path.
    func texts(in folders: [String]) -> [String: String] {
        var texts: [String: String] = ["README.md": "number \(unrelated)\n"]
        for folder in folders where !folder.isEmpty { texts["\(folder)/README.md"] = "hello\n" }
        for number in documents.keys.sorted() {
            guard let document = documents[number] else { continue }
            for file in files(naming: number) {
                let path = Self.path(file, in: folders).path
                texts[path] = (texts[path].map { $0 + "---\n" } ?? "") + document.text(number)
            }
        }
        for file in broken.sorted() {
            let path = Self.path(file, in: folders).path
            if let text = texts[path] { texts[path] = text + "---\nkind: [\n" }
        }
        return texts
    }
}

extension Files.Document {
    /// The wished spec, in its usual spelling.
    func spec(_ number: Int) -> Value {
        var container: Map = ["image": .string("image:\(image)")]
        if extras & 2 != 0 { container["env"] = [["name": "COLOUR", "value": "red"]] }
        let inner: Map = ["container": .map(container)]
        var configuration = Map()
        if hasBuild { configuration["build"] = ["steps": [["image": "builder:1"]]] }
        if isRespelled {
            configuration["container"] = .map(container)
            // The newer word for what `Multi` says.
            configuration["containerConcurrency"] = 0
        } else {
            configuration["revisionTemplate"] = ["spec": .map(inner)]
        }
        let whole = Value.map(configuration)
        func revision(_ count: Int) -> Value {
            .string(count == 4 ? "@latest" : "\(Files.name(number))-0000\(count + 1)")
        }
        var body: Map = ["configuration": whole]
        if !steps.isEmpty { body["rollout"] = ["steps": .list(steps.map(Value.int)), "interval": "3s"] }
        switch mode {
        case .runLatest: return ["runLatest": .map(body)]
        case .manual: return ["manual": [:]]
        case .pinned(let count, let percent):
            (body["revisionName"], body["rolloutPercent"]) = (revision(count), .int(percent))
            return ["pinned": .map(body)]
        case .release(let first, let second, let percent):
            let revisions: Value = first == second ? [revision(first)] : [revision(first), revision(second)]
            // Where there is no second one, there is nothing to give it.
            (body["revisions"], body["rolloutPercent"]) = (revisions, .int(first == second ? 0 : percent))
            return ["release": .map(body)]
        }
    }

    var labels: StringMap { extras & 1 != 0 ? ["team": "shop"] : [:] }

    var annotations: StringMap {
        var annotations = StringMap()
        if extras & 4 != 0 { annotations["example.com/note"] = "hello" }
        if let pace { annotations[Labels.rolloutDuration] = "\(pace)s" }
        if isKept { annotations[Labels.prune] = "false" }
        if wave != 0 { annotations[Labels.syncWave] = String(wave) }
        return annotations
    }

    func text(_ number: Int) -> String {
        var metadata: Map = ["name": .string(Files.name(number))]
        if !labels.isEmpty {
            metadata["labels"] = .map(
                Map(uniqueEntries: labels.entries.map { .init(key: $0.key, value: .string($0.value)) })
            )
        }
        if !annotations.isEmpty {
            metadata["annotations"] = .map(
                Map(uniqueEntries: annotations.entries.map { .init(key: $0.key, value: .string($0.value)) })
            )
        }
        var document: Map = [
            "apiVersion": "elafros.dev/v1alpha1", "kind": "Service", "metadata": .map(metadata), "spec": spec(number),
        ]
        if isBroken { document["sepc"] = "a typing error" }
        return Value.map(document).yaml
    }
}
