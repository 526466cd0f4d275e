internal import Engine
internal import Git
internal import Resources
internal import Store
internal import YAML

/// The pages that people read, as Markdown.
struct ReportPages {
    let scope: ReportScope
    /// What waits for its turn, by Sync.
    let waiting: [String: [WaitingWave]]

    init(scope: ReportScope, in state: State) {
        self.scope = scope
        let all = scope.syncs.map { ($0.metadata.name, WaitingWave.all(of: $0.metadata.name, in: state)) }
        waiting = Dictionary(all) { first, _ in first }
    }

    /// How many problems README.md lists.
    private static let maxProblems = 200
    static let notice = "*Written by Elafros from its state; editing this page changes nothing.*"

    /// README.md of a report whose rows all fit.
    func readme(_ rows: [ReportRow], _ summary: ReportSummary) -> [UInt8] {
        page(opening(summary) + Self.tables(rows, from: "") + problems(summary))
    }

    /// README.md of a larger report: a row per namespace.
    func index(_ summary: ReportSummary) -> [UInt8] {
        var lines = opening(summary)
        lines += ["## Namespaces", "", "| Namespace | \(Self.countHeads) |", "|---|\(Self.countRule)"]
        var start = summary.pages.startIndex
        while start < summary.pages.endIndex {
            let namespace = summary.pages[start].namespace
            var totals = ReportTotals()
            while start < summary.pages.endIndex, summary.pages[start].namespace == namespace {
                totals += summary.pages[start].totals
                start += 1
            }
            let link = Markdown.link(namespace, to: ReportPath.namespaceReadme(namespace))
            lines.append("| \(link) | \(Self.counts(totals)) |")
        }
        return page(lines + [""] + problems(summary))
    }

    /// The page of a namespace that has further pages.
    func index(_ namespace: String, _ pages: [ReportSummary.Page]) -> [UInt8] {
        var lines = ["# \(Markdown.text(namespace))", "", Self.notice, ""]
        lines += ["[All namespaces](../README.md)", ""]
        lines += ["| Names from | \(Self.countHeads) |", "|---|\(Self.countRule)"]
        for page in pages {
            let name = page.path.split(separator: "/").last.map(String.init) ?? page.path
            lines.append("| \(Markdown.link(page.first, to: name)) | \(Self.counts(page.totals)) |")
        }
        return page(lines)
    }

    /// A page of rows.
    func page(_ summary: ReportSummary.Page, _ rows: [ReportRow]) -> [UInt8] {
        let title = summary.isOnly ? summary.namespace : "\(summary.namespace), from \(summary.first)"
        var lines = ["# \(Markdown.text(title))", "", Self.notice, "", "[All namespaces](../README.md)", ""]
        lines += Self.tables(rows, from: "../")
        let problems = rows.compactMap(Self.problem)
        if !problems.isEmpty { lines += ["## Problems", ""] + problems }
        return page(lines)
    }

    private func page(_ lines: [String]) -> [UInt8] {
        var lines = lines
        while lines.last?.isEmpty == true { lines.removeLast() }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }
}

// MARK: - Parts

extension ReportPages {
    private func opening(_ summary: ReportSummary) -> [String] {
        let totals = summary.totals
        var lines = ["# \(scope.syncs.map { Markdown.text($0.metadata.name) }.joined(separator: ", "))", ""]
        lines += [Self.notice, "", Self.sentence(totals), ""]
        for name in Set(summary.pages.flatMap(\.runtimes)).sorted() { lines += [RuntimeWords.sentence(name), ""] }
        for sync in scope.syncs {
            guard let url = sync.spec["url"]?.string else { continue }
            var line = "Follows \(Markdown.code(url))"
            for word in ["branch", "tag", "versions", "commit"] {
                if let name = sync.spec[word]?.string { line += ", \(word) \(Markdown.code(name))" }
            }
            if let path = sync.spec["path"]?.string, !path.isEmpty, path != "." {
                line += ", folder \(Markdown.code(path))"
            }
            lines += [line + ".", ""]
            let waves = (waiting[sync.metadata.name] ?? []).map { "- \(Markdown.text($0.sentence).asSentence)" }
            if !waves.isEmpty { lines += ["Not all of it is applied yet:", ""] + waves + [""] }
        }
        return lines
    }

    /// How all of it fares, in a sentence or two.
    private static func sentence(_ totals: ReportTotals) -> String {
        var parts: [String] = []
        switch (totals.services, totals.ready) {
        case (0, _): parts.append(totals.others == 0 ? "**Nothing is applied yet.**" : "No services.")
        case (1, _) where totals.isAllRollingOut: parts.append("**The service is rolling out.**")
        case (let all, _) where totals.isAllRollingOut: parts.append("**All \(all) services are rolling out.**")
        case (1, 1): parts.append("**The service is ready.**")
        case (let all, let ready) where all == ready: parts.append("**All \(all) services are ready.**")
        case (let all, let ready):
            parts.append("**\(ready) of \(all) \(all == 1 ? "service is" : "services are") ready.**")
        }
        let rest = [
            (totals.isAllRollingOut ? 0 : totals.rollingOut, "rolling out"), (totals.starting, "starting"),
            (totals.waitingForBuilder, "waiting for a builder"), (totals.failed, "failed"),
        ]
        let counted = rest.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        if !counted.isEmpty { parts.append(counted.joined(separator: ", ") + ".") }
        if totals.others > 0 {
            let failed = totals.othersFailed > 0 ? ", \(totals.othersFailed) failed" : ""
            parts.append("\(totals.others) other \(totals.others == 1 ? "object" : "objects")\(failed).")
        }
        if totals.heldBack > 0 {
            parts.append("\(totals.heldBack) \(totals.heldBack == 1 ? "document is" : "documents are") held back.")
        }
        return parts.joined(separator: " ")
    }

    private static let countHeads = "Services | Ready | Rolling out | Starting | Waiting | Failed | Others"
    private static let countRule = "---:|---:|---:|---:|---:|---:|---:|"

    private static func counts(_ totals: ReportTotals) -> String {
        [
            totals.services, totals.ready, totals.rollingOut, totals.starting, totals.waitingForBuilder,
            totals.failed + totals.othersFailed, totals.others,
        ].map { $0 == 0 ? "" : String($0) }.joined(separator: " | ")
    }

    /// The tables of services and of other objects; `root` is the way to the report's root.
    private static func tables(_ rows: [ReportRow], from root: String) -> [String] {
        let services = rows.filter { $0.key.kind == .service }
        let others = rows.filter { $0.key.kind != .service }
        var lines: [String] = []
        if !services.isEmpty {
            lines += [
                "## Services", "", "| Service | State | Revision | Traffic | Address | Source |",
                "|---|---|---|---|---|---|",
            ]
            lines += services.map { row in
                let cells = [
                    link(row, root), state(row), row.revision.map(Markdown.text) ?? "", traffic(row.traffic),
                    row.address ?? "", source(row),
                ]
                return "| \(cells.joined(separator: " | ")) |"
            }
            lines.append("")
        }
        if !others.isEmpty {
            lines += ["## Other objects", "", "| Object | State | Source |", "|---|---|---|"]
            lines += others.map { "| \($0.key.kind.name) \(link($0, root)) | \(state($0)) | \(source($0)) |" }
            lines.append("")
        }
        return lines
    }

    private static func link(_ row: ReportRow, _ root: String) -> String {
        Markdown.link("\(row.key.namespace)/\(row.key.name)", to: root + ReportPath.object(row.key))
    }

    private static func state(_ row: ReportRow) -> String {
        let words = row.verdict.state.words
        switch row.verdict.state {
        case .failed, .starting, .waitingForBuilder:
            let serves = row.verdict.isReady && row.key.kind == .service
            return serves ? words + ", an older Revision serves" : words
        case .ready, .rollingOut: return words
        }
    }

    private static func traffic(_ shares: [TrafficShare]) -> String {
        shares.map { share in
            let name = share.name.map { " (\(Markdown.text($0)))" } ?? ""
            return "\(share.percent) % \(Markdown.text(share.revisionName))\(name)"
        }.joined(separator: "<br>")
    }

    private static func source(_ row: ReportRow) -> String {
        "\(Markdown.code(GitPath(row.path).description)) at \(Markdown.code(String(row.commit.prefix(7))))"
    }
}

// MARK: - Problems

extension ReportPages {
    /// What is wrong with an object, where, and what to do; nil where nothing is.
    static func problem(_ row: ReportRow) -> String? {
        guard let advice = row.advice else { return nil }
        let what = row.verdict.state == .failed ? "failed" : "waits for a builder"
        let reason = row.verdict.reason.map { " (\(Markdown.text($0)))" } ?? ""
        let message = row.verdict.message.map { ": \(Markdown.short($0))" } ?? ""
        let name = "\(row.key.kind.name) \(Markdown.text("\(row.key.namespace)/\(row.key.name)"))"
        return "- **\(name)** \("\(what)\(reason)\(message)".asSentence) \(advice)."
    }

    /// What the documents of a manifest file are held back for; nil where none is.
    static func problems(_ record: ManifestRecord, in state: State) -> ReportSummary.FileProblems? {
        guard record.heldBackCount > 0 else { return nil }
        var lines = record.messages.filter { $0.severity == .error }.map {
            line(record, $0, "Nothing of it is applied")
        }
        for document in record.documents {
            guard case .heldBack = document.outcome else { continue }
            let consequence = consequence(of: document.key, in: state)
            let errors = document.messages.filter { $0.severity == .error }
            lines += errors.map { line(record, $0, consequence) }
            // Where the whole file is unreadable, its own message says why.
            guard errors.isEmpty else { continue }
            lines.append(line(record, Diagnostic(.error, at: document.position, "held back"), consequence))
        }
        return .init(sync: record.sync, path: record.path, heldBack: record.heldBackCount, lines: lines)
    }

    private static func consequence(of key: Key?, in state: State) -> String {
        guard let key else { return "Nothing of this document is applied" }
        let name = "\(key.kind.name) \(Markdown.text("\(key.namespace)/\(key.name)"))"
        return state[key]?.origin != nil ? "\(name) stays at its last good state" : "\(name) is not applied"
    }

    private static func line(_ record: ManifestRecord, _ message: Diagnostic, _ consequence: String) -> String {
        let place = message.position.map { "\(record.shownPath):\($0)" } ?? record.shownPath
        return "- \(Markdown.code(place)): \(Markdown.short(message.message).asSentence) \(consequence)."
    }

    /// Why a newer commit than the one that is live was refused as a whole.
    private static func refusal(of sync: Object) -> [String] {
        guard let refusal = sync.syncStatus.refusal else { return [] }
        let rest = refusal.count - refusal.errors.count
        var lines = [
            "- **\(Markdown.text(sync.metadata.name))**: commit \(Markdown.code(String(refusal.commit.prefix(7)))) was refused as a "
                + "whole, as `--atomic` asks, and nothing of it is applied. Mend what is wrong in it and push:"
        ]
        lines += refusal.errors.map { "- \(Markdown.short($0).asSentence)" }
        if rest > 0 { lines.append("- … and \(rest) more errors in it.") }
        return lines
    }

    /// What a Sync leaves different from git, as it was told to.
    private static func leftovers(of sync: Object) -> [String] {
        let (name, status) = (Markdown.text(sync.metadata.name), sync.syncStatus)
        var lines: [String] = []
        if status.drifted > 0 {
            let what = status.drifted == 1 ? "1 object was" : "\(status.drifted) objects were"
            let rest = "changed or deleted by hand; the Sync reports that and leaves it."
            lines.append("- **\(name)**: \(what) \(rest)")
        }
        if status.orphaned > 0 {
            let what = status.orphaned == 1 ? "1 object is" : "\(status.orphaned) objects are"
            lines.append("- **\(name)**: \(what) no longer in git; the Sync may not prune, and leaves that live.")
        }
        return lines
    }

    private func problems(_ summary: ReportSummary) -> [String] {
        var lines = scope.syncs.flatMap(Self.refusal) + summary.files.flatMap(\.lines)
        for sync in scope.syncs where sync.syncStatus.pruneRefused > 0 {
            let count = sync.syncStatus.pruneRefused
            lines.append(
                "- **\(Markdown.text(sync.metadata.name))**: \(count) \(count == 1 ? "object is" : "objects are") no longer in git and "
                    + "\(count == 1 ? "was" : "were") kept, because that is more than may go at once. "
                    + "If that is meant, sync with `--max-prune` or `--allow-empty`."
            )
        }
        lines += scope.syncs.flatMap(Self.leftovers)
        lines += summary.pages.flatMap(\.problems)
        let count = lines.count + summary.pages.reduce(0) { $0 + $1.problemCount - $1.problems.count }
        guard count > 0 else { return [] }
        lines = Array(lines.prefix(Self.maxProblems))
        if lines.count < count {
            lines.append("- … and \(count - lines.count) more, on the pages of their namespaces.")
        }
        return ["## Problems", ""] + lines + [""]
    }
}

extension ReportSummary {
    /// All of it together.
    var totals: ReportTotals {
        var totals = pages.reduce(into: ReportTotals()) { $0 += $1.totals }
        totals.heldBack = files.reduce(0) { $0 + $1.heldBack }
        return totals
    }
}

extension String {
    /// With a full stop, unless it ends like a sentence already.
    fileprivate var asSentence: String { last.map { ".?!…".contains($0) } ?? true ? self : self + "." }
}

extension Verdict.State {
    /// For tables.
    var words: String {
        switch self {
        case .ready: "ready"
        case .rollingOut: "rolling out"
        case .starting: "starting"
        case .waitingForBuilder: "waiting for a builder"
        case .failed: "**failed**"
        }
    }
}
