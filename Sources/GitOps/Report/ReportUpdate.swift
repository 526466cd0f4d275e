internal import Git
internal import Resources
internal import Store

/// What has to be written so that a report shows a state: a value, whatever it is written to.
struct ReportUpdate: Sendable {
    /// What is to stand at which path, ascending by path; nil content for a file that goes.
    private(set) var files: [FileChange] = []
    /// The counts of the whole report.
    private(set) var totals = ReportTotals()
    /// The marked keys that the files now show, to be unmarked once they are written.
    private(set) var reported: [Key] = []
    /// The files that were there and went.
    private(set) var removed: Set<String> = []

    /// Notes that a file was there and went.
    mutating func noteRemoved(_ path: String) { removed.insert(path) }

    /// Removes those of the files of an earlier report that this one does not have.
    mutating func remove(_ paths: [String]) {
        let known = Set(files.map(\.path))
        files += paths.filter { !known.contains($0) }.map { FileChange(path: $0, content: nil) }
        files.sort { $0.path < $1.path }
    }

    /// Renders what a report that shows an earlier version of the state lacks.
    ///
    /// - Parameters:
    ///   - previous: the summary of that report, where it had one.
    ///   - isFull: whether nothing is known of the report: every file is rendered, and only `files` with content count.
    static func make(
        of state: State,
        _ scope: ReportScope,
        previous: ReportSummary?,
        isFull: Bool
    ) async throws(StoreError) -> ReportUpdate {
        if isFull { try state.preload() }
        var maker = Maker(state: state, scope: scope, previous: isFull ? nil : previous)
        await maker.renderObjects(isFull: isFull)
        maker.renderPages(isFull: isFull)
        maker.files.append(FileChange(path: ReportPath.state, content: StateFile.text(of: state, scope)))
        // An object that could not be read seems absent, and its file would go.
        if let failure = state.readFailure { throw failure }
        var update = ReportUpdate()
        update.files = maker.files.sorted { $0.path < $1.path }
        update.totals = maker.summary.totals
        update.reported = maker.dirty
        return update
    }
}

/// Renders one update.
private struct Maker {
    let state: State
    let scope: ReportScope
    let previous: ReportSummary?
    var files: [FileChange] = []
    var summary = ReportSummary()
    /// The keys whose reports were behind.
    var dirty: [Key] = []

    // MARK: Objects

    mutating func renderObjects(isFull: Bool) async {
        dirty = state.marked(.unreported)
        var keys = Set(dirty.filter(\.kind.isAPI))
        var records = Set(dirty.filter { $0.kind == .manifestFile })
        if isFull {
            for kind in Kind.allCases where kind.isAPI {
                for key in state.keys(kind) where scope.holds(state[key]?.origin) { keys.insert(key) }
            }
            records.formUnion(state.keys(.manifestFile).filter(scope.holds(manifestFile:)))
        }
        // Another object of the same file, or none, is the home of its record once the one that was is gone, or another's.
        for key in dirty where key.kind.isAPI {
            let origin = state[key]?.origin
            records.formUnion(
                state.referrers(of: key).filter { referrer in
                    let gaveIt = origin?.sync == referrer.namespace && origin?.path == referrer.name
                    return referrer.kind == .manifestFile && !gaveIt
                }
            )
        }
        for key in records.sorted() {
            let object = state[key]
            // Any of them may have been the record's home, or have become it. What was never applied has no file.
            keys.formUnion(
                (object.map(ManifestRecord.init)?.documents ?? []).compactMap(\.key).filter { state.contains($0) }
            )
            renderManifest(key, object)
        }
        files += await render(keys.sorted())
    }

    private mutating func renderManifest(_ key: Key, _ manifest: Object?) {
        let path = ReportPath.manifest(sync: key.namespace, path: key.name)
        guard let manifest, scope.holds(manifestFile: key), ManifestRecord(manifest).home(in: state) == nil else {
            files.append(FileChange(path: path, content: nil))
            return
        }
        files.append(FileChange(path: path, content: ObjectReport.text(of: manifest)))
    }

    /// Renders the files of objects, on as many tasks as there are processors to be had.
    private func render(_ keys: [Key]) async -> [FileChange] {
        let report = ObjectReport(state: state)
        let scope = scope
        @Sendable func file(_ key: Key) -> FileChange {
            let path = ReportPath.object(key)
            // What another report shows, or nobody any more, has no file in this one.
            guard let object = report.state[key], let origin = object.origin, scope.holds(origin) else {
                return FileChange(path: path, content: nil)
            }
            return FileChange(path: path, content: report.text(of: object, origin))
        }
        let share = 256
        guard keys.count > share else { return keys.map(file) }
        return await withTaskGroup(of: (Int, [FileChange]).self) { group in
            for start in stride(from: 0, to: keys.count, by: share) {
                group.addTask { (start, keys[start..<min(start + share, keys.count)].map(file)) }
            }
            var parts: [Int: [FileChange]] = [:]
            for await (start, files) in group { parts[start] = files }
            return stride(from: 0, to: keys.count, by: share).flatMap { parts[$0] ?? [] }
        }
    }

    // MARK: Pages

    mutating func renderPages(isFull: Bool) {
        summary.others = others()
        let keys = (state.keys(.service) + summary.others).sorted()
        let pages = PageBreaks.pages(of: keys)
        let render = ReportPages(scope: scope, in: state)
        summary.files = fileProblems()
        guard keys.count > PageBreaks.maxRows else {
            let rows = keys.map(row)
            summary.pages = pages.map { Self.counted($0.page, rows[$0.rows].compactMap { $0 }) }
            let content = render.readme(rows.compactMap { $0 }, summary)
            files.append(FileChange(path: ReportPath.readme, content: content))
            removePages(except: [])
            files.append(FileChange(path: ReportPath.summary, content: nil))
            return
        }
        let touched = Set(dirty)
        let before = Dictionary(
            (previous?.pages ?? []).map { ("\($0.namespace)/\($0.first)", $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for (page, range) in pages {
            let old = before["\(page.namespace)/\(page.first)"]
            if let old, old.hasSameNames(as: page), !dirtyKeys(in: page), !keys[range].contains(where: touched.contains)
            {
                summary.pages.append(old)
                continue
            }
            let rows = keys[range].compactMap(row)
            let counted = Self.counted(page, rows)
            summary.pages.append(counted)
            // Services that were made by hand are no part of a report.
            files.append(FileChange(path: page.path, content: rows.isEmpty ? nil : render.page(counted, rows)))
        }
        summary.pages.removeAll { $0.totals == ReportTotals() }
        renderIndexes(render)
        removePages(except: Set(summary.pages.flatMap { [$0.path, ReportPath.namespaceReadme($0.namespace)] }))
        files.append(FileChange(path: ReportPath.summary, content: summary.text))
    }

    private mutating func renderIndexes(_ render: ReportPages) {
        files.append(FileChange(path: ReportPath.readme, content: render.index(summary)))
        let old = Dictionary(grouping: previous?.pages ?? [], by: \.namespace)
        for (namespace, pages) in Dictionary(grouping: summary.pages, by: \.namespace) {
            guard pages.contains(where: { !$0.isOnly }), pages != old[namespace] else { continue }
            let path = ReportPath.namespaceReadme(namespace)
            files.append(FileChange(path: path, content: render.index(namespace, pages)))
        }
    }

    /// Removes the pages of the previous report that this one does not have.
    private mutating func removePages(except kept: Set<String>) {
        let old = Set((previous?.pages ?? []).flatMap { [$0.path, ReportPath.namespaceReadme($0.namespace)] })
        let written = Set(files.map(\.path))
        for path in old.subtracting(kept).subtracting(written).sorted() {
            files.append(FileChange(path: path, content: nil))
        }
    }

    /// Whether a key that is gone by now stood on a page.
    private func dirtyKeys(in page: ReportSummary.Page) -> Bool {
        dirty.contains { key in
            key.kind.isAPI && key.namespace == page.namespace && key.name >= page.first
                && page.end.map { key.name < $0 } ?? true
        }
    }

    private func row(_ key: Key) -> ReportRow? {
        guard let object = state[key], scope.holds(object.origin) else { return nil }
        return ReportRow(object, HandEdits(object, in: state), in: state)
    }

    private static func counted(_ page: ReportSummary.Page, _ rows: [ReportRow]) -> ReportSummary.Page {
        var page = page
        for row in rows { page.totals.add(row) }
        page.runtimes = Set(rows.compactMap(\.runtime)).sorted()
        let problems = rows.compactMap(ReportPages.problem)
        page.problemCount = problems.count
        page.problems = Array(problems.prefix(ReportSummary.problemsPerPage))
        return page
    }

    /// The objects from git that are no Services.
    private func others() -> [Key] {
        func isOther(_ key: Key) -> Bool {
            key.kind != .service && key.kind.isAPI && scope.holds(state[key]?.origin)
        }
        if let previous {
            var others = Set(previous.others)
            for key in dirty where key.kind != .service && key.kind.isAPI {
                if isOther(key) { others.insert(key) } else { others.remove(key) }
            }
            return others.sorted()
        }
        // The index knows whose children they are; only what is nobody's child is read.
        var children: Set<Key> = []
        for kind in [Kind.service, .configuration, .route] {
            for key in state.keys(kind) { children.formUnion(state.children(of: key)) }
        }
        let kinds: [Kind] = [.configuration, .route, .revision, .build, .buildTemplate]
        return kinds.flatMap { state.keys($0) }.filter { !children.contains($0) && isOther($0) }.sorted()
    }

    // MARK: Manifest files

    private func fileProblems() -> [ReportSummary.FileProblems] {
        let expected = scope.syncs.reduce(0) { $0 + $1.syncStatus.heldBack }
        if let previous {
            var problems = Dictionary(
                previous.files.map { (Key(.manifestFile, $0.sync, $0.path), $0) },
                uniquingKeysWith: { first, _ in first }
            )
            // What is held back says whether the object is there.
            let files = dirty.flatMap { key in
                key.kind == .manifestFile ? [key] : state.referrers(of: key).filter { problems[$0] != nil }
            }
            for key in Set(files) {
                problems[key] = state[key].flatMap { ReportPages.problems(ManifestRecord($0), in: state) }
            }
            let kept = problems.filter { scope.holds(manifestFile: $0.key) }
            if kept.values.reduce(0, { $0 + $1.heldBack }) == expected {
                return kept.sorted { $0.key < $1.key }.map(\.value)
            }
        }
        guard expected > 0 else { return [] }
        return state.keys(.manifestFile).filter(scope.holds(manifestFile:)).compactMap { key in
            state[key].flatMap { ReportPages.problems(ManifestRecord($0), in: state) }
        }
    }
}
