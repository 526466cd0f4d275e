internal import GitOps
internal import Resources
internal import Store
internal import YAML

/// What `elafros watch` shows of a state: what each Sync stands at and holds back, and how each Service and its traffic fare.
struct LiveView: Sendable, Equatable {
    /// The Syncs, then the Services, in order.
    private(set) var items: [Item] = []
    private var stateID = ""
    private var version = 0

    /// One thing that is followed.
    struct Item: Sendable, Equatable {
        let key: Key
        /// Its name, as people call it.
        let name: String
        let sign: String
        let colour: Colour
        /// How it fares, in some words.
        let words: String
        /// Who gets which share of the requests.
        let shares: [TrafficShare]
        /// What is wrong with it, each a line.
        let troubles: [String]

        /// Whether it asks for attention.
        var isQuiet: Bool { colour == .good && troubles.isEmpty }
    }
}

extension LiveView {
    /// The view of a newer state. Items whose objects were not touched are taken from this one.
    func updated(from reader: Reader) -> LiveView {
        let state = reader.state
        let isSame = state.id == stateID && state.version >= version
        let earlier = isSame ? Dictionary(uniqueKeysWithValues: items.map { ($0.key, $0) }) : [:]
        var next = LiveView()
        (next.stateID, next.version) = (state.id, state.version)
        next.items = state.keys(.sync).compactMap { state[$0] }.map { Self.sync($0, state) }
        for key in state.keys(.service) {
            if let item = earlier[key], Self.lastTouch(key, in: state) <= version {
                next.items.append(item)
            } else if let service = state[key] {
                next.items.append(Self.service(service, state))
            }
        }
        return next
    }

    /// The version at which an object or anything that was made for it changed last.
    private static func lastTouch(_ key: Key, in state: State) -> Int {
        state.children(of: key).map { lastTouch($0, in: state) }.reduce(state.version(of: key), max)
    }

    private static func service(_ service: Object, _ state: State) -> Item {
        let readiness = Readiness(service, in: state)
        let isWell = readiness.standing == .ready || readiness.standing == .rollingOut
        let why = [readiness.reason, readiness.message].compactMap { $0 }.joined(separator: ": ")
        return Item(
            key: service.key,
            name: "\(service.metadata.namespace)/\(service.metadata.name)",
            sign: readiness.standing.sign,
            colour: readiness.standing.colour,
            words: readiness.standing.words,
            shares: service.serviceStatus.traffic,
            troubles: isWell || why.isEmpty ? [] : [FindingLines.oneLine(why)]
        )
    }

    private static func sync(_ sync: Object, _ state: State) -> Item {
        let status = sync.syncStatus
        let records = state.marked(.heldBack).filter { $0.namespace == sync.metadata.name }.compactMap { state[$0] }
            .map(ManifestRecord.init)
        var troubles = records.flatMap(\.findings).filter { $0.severity == .error }.sorted().map {
            "held back: \(FindingLines(paint: Paint(isOn: false)).line($0))"
        }
        if let refusal = status.refusal {
            let first = refusal.errors.first.map { ": \(FindingLines.oneLine($0))" } ?? ""
            troubles.append("commit \(refusal.commit.prefix(7)) was refused as a whole\(first)")
        }
        if status.pruneRefused > 0 { troubles.append("pruning \(counted(status.pruneRefused, "object")) was refused") }
        troubles += WaitingWave.all(of: sync.metadata.name, in: state).prefix(1).map {
            FindingLines.oneLine($0.message)
        }
        let edited = HandEdited(of: sync.metadata.name, in: state).healed.count
        if edited > 0 { troubles.append("\(counted(edited, "object")) changed by hand; the next sync heals") }
        let held = status.heldBack > 0 ? ", \(counted(status.heldBack, "manifest")) held back" : ""
        return Item(
            key: sync.key,
            name: "Sync \(sync.metadata.name)",
            sign: troubles.isEmpty && held.isEmpty ? "✓" : "!",
            colour: troubles.isEmpty && held.isEmpty ? .good : .bad,
            words: (status.commit.map { "at \($0.prefix(7))" } ?? "nothing applied yet") + held,
            shares: [],
            troubles: troubles
        )
    }
}

// MARK: - As lines

extension LiveView {
    /// A line for each item that differs from an earlier view's, and for each that is gone.
    func lines(since earlier: LiveView) -> [String] {
        let before = Dictionary(uniqueKeysWithValues: earlier.items.map { ($0.key, $0) })
        let now = Set(items.map(\.key))
        return items.filter { before[$0.key] != $0 }.map(\.line)
            + earlier.items.filter { !now.contains($0.key) }.map { "\($0.name)  deleted" }
    }
}

extension LiveView.Item {
    /// All of it, for a pipe.
    fileprivate var line: String {
        let traffic = shares.isEmpty ? "" : "  " + ObjectTable.traffic(shares)
        return "\(name)  \(words)\(traffic)" + (troubles.isEmpty ? "" : "  " + troubles.joined(separator: "; "))
    }

    /// The lines of a frame, cut at its width.
    ///
    /// - Parameter column: how wide the widest name is.
    fileprivate func rows(_ column: Int, _ width: Int, _ paint: Paint) -> [String] {
        let gap = String(repeating: " ", count: max(0, column - name.count) + 2)
        var tail = ""
        var below: [String] = []
        if shares.count == 1 {
            tail = "  \(shares[0].revisionName) \(shares[0].percent)%"
        } else {
            let longest = shares.map(\.revisionName.count).max() ?? 0
            below = shares.map { share in
                let space = String(repeating: " ", count: longest - share.revisionName.count)
                return "    \(share.revisionName)\(space)  \(TrafficBar(percent: share.percent).text)"
            }
        }
        let whole = "\(sign) \(name)\(gap)\(words)\(tail)"
        let head =
            whole.count <= width
            ? "\(paint(sign, colour)) \(paint(name, .strong))\(gap)\(paint(words, colour))\(tail)"
            : Self.cut(whole, width)
        return [head] + below.map { Self.cut($0, width) } + troubles.map { paint(Self.cut("    \($0)", width), colour) }
    }

    fileprivate static func cut(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
    }
}

// MARK: - As a frame

extension LiveView {
    /// The lines of a screen of that size, at most as many as it has. Where not all fit, what is ready is the first to be
    /// left out, and counted.
    func frame(width: Int, height: Int, _ paint: Paint) -> [String] {
        guard !items.isEmpty else { return [Item.cut("No services are live yet.", width)].suffix(height) }
        let column = items.map(\.name.count).max() ?? 0
        var blocks = items.map { $0.rows(column, width, paint) }
        if blocks.reduce(0, { $0 + $1.count }) > height {
            let order = items.indices.filter { !items[$0].isQuiet } + items.indices.filter { items[$0].isQuiet }
            blocks = order.map { blocks[$0] }
        }
        var lines: [String] = []
        for (index, block) in blocks.enumerated() {
            let isLast = index == blocks.count - 1
            guard lines.count + block.count <= (isLast ? height : height - 1) else {
                return lines + [paint(Item.cut("and \(blocks.count - index) more", width), .faint)].prefix(height)
            }
            lines += block
        }
        return lines
    }
}
