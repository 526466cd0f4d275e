internal import Git
internal import YAML

/// Reads what changed in the followed folder: tree against tree first, and then only the blobs that differ.
struct SourceReader: Sendable {
    let mirror: Mirror
    let decoder: ManifestDecoder
    let maxBytes: Int

    init(mirror: Mirror, options: SyncOptions) {
        self.mirror = mirror
        decoder = ManifestDecoder(options)
        maxBytes = options.limits.maxBytes
    }

    /// The manifests among `changes`: those to read, and those that are gone.
    static func sorted(
        _ changes: [TreeChange],
        filter: ManifestFilter
    ) -> (toRead: [(path: GitPath, entry: Entry)], removed: [GitPath]) {
        var filter = filter
        var toRead: [(path: GitPath, entry: Entry)] = []
        var removed: [GitPath] = []
        for change in changes {
            if let new = change.new, filter.takes(change.path, new.kind) {
                toRead.append((change.path, new))
            } else if let old = change.old, filter.takes(change.path, old.kind) {
                removed.append(change.path)
            }
        }
        return (toRead, removed)
    }

    /// Reads and decodes files, in the order in which they are given.
    ///
    /// Blobs come in batches, and while one is decoded the next is read: on two cores reading costs next to nothing, and
    /// memory holds the text of a few batches only.
    func read(_ files: [(path: GitPath, entry: Entry)]) async throws -> [FileReading] {
        try await withThrowingTaskGroup(of: Decoded.self) { group in
            var decoded: [Decoded] = []
            var waiting = 0
            var start = 0
            // Small at first: nobody knows yet how large the files are.
            var size = 16
            while start < files.count {
                let batch = Array(files[start..<min(start + size, files.count)])
                start += batch.count
                let ids = batch.lazy.filter { $0.entry.isFile }.map(\.entry.id)
                let blobs = try await mirror.blobs(Array(ids), maxBytes: maxBytes)
                size = Self.nextBatchSize(after: blobs, maxBytes: maxBytes)
                if waiting == Self.maxBatches, let first = try await group.next() {
                    decoded.append(first)
                    waiting -= 1
                }
                let (index, decoder) = (start, decoder)
                group.addTask { Decoded(index: index, readings: Self.decode(batch, blobs, decoder)) }
                waiting += 1
            }
            for try await last in group { decoded.append(last) }
            return decoded.sorted { $0.index < $1.index }.flatMap(\.readings)
        }
    }

    private struct Decoded: Sendable {
        let index: Int
        let readings: [FileReading]
    }

    /// How many files are read at once while they are small: enough for the change of threads to cost nothing.
    private static let batchSize = 128
    /// How many batches are decoded side by side, as many as there are cores on a small machine.
    private static let maxBatches = 2
    /// How many bytes of text a batch is meant to come to.
    private static let batchBytes = 1 << 20

    /// Fewer files at once after a batch of large ones.
    private static func nextBatchSize(after blobs: [Blob], maxBytes: Int) -> Int {
        let bytes = blobs.reduce(0) { sum, blob in if case .bytes(let bytes) = blob { sum + bytes.count } else { sum } }
        guard bytes > batchBytes else { return batchSize }
        return max(1, min(batchSize, blobs.count * batchBytes / bytes))
    }

    private static func decode(
        _ batch: [(path: GitPath, entry: Entry)],
        _ blobs: [Blob],
        _ decoder: ManifestDecoder
    ) -> [FileReading] {
        var blobs = blobs[...]
        return batch.map { path, entry in
            guard entry.isFile, let blob = blobs.popFirst() else { return decoder.decode(path, entry) }
            return decoder.decode(path, entry.id, blob)
        }
    }
}

extension Entry {
    fileprivate var isFile: Bool { kind == .file || kind == .executable }
}
