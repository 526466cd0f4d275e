internal import Resources
internal import Store
internal import YAML

extension GetCommand {
    /// `--watch`: the list, then each object that changes, until somebody has enough.
    func follow(
        _ kind: Kind,
        _ names: [String],
        _ selector: LabelSelector?,
        in session: Session
    ) async throws -> ExitCode {
        let folder = try Reader.folder(state, in: session)
        let (command, console) = (self, session.console)
        try await UntilStopped.run(console) {
            let watch = StateWatch(folder)
            var changes = ObjectChanges(
                of: kind,
                names: names,
                scope: command.selection.scope,
                selector,
                row: command.isTable ? command.lastingCells : nil
            )
            var lines = ChangedObjectLines(form: command.output, showsHeads: !command.noHeaders, paint: console.paint)
            var isFirst = true
            while !console.isCut {
                let earlier = changes
                let (now, objects, table) = try await watch.next { reader in
                    var changes = earlier
                    let objects = changes.take(reader)
                    return (changes, objects, command.table(of: objects, kind, reader))
                }
                changes = now
                if isFirst, objects.isEmpty, let name = names.first {
                    throw HandEdit.notFound(kind, name, in: command.selection.scope)
                }
                if !objects.isEmpty, !isFirst || !command.watchOnly { console.write(lines.next(objects, table)) }
                isFirst = false
            }
        }
        return .success
    }

    private var isTable: Bool { output == .table || output == .wide }

    private func table(of objects: [Object], _ kind: Kind, _ reader: Reader) -> Table {
        ObjectTable(
            state: reader.state,
            now: reader.now,
            showsNamespace: selection.allNamespaces,
            showsKind: false,
            isWide: output == .wide
        ).table(of: isTable ? objects : [], kind)
    }

    /// What an object's row says that is not another thing a second later.
    private func lastingCells(of object: Object, _ reader: Reader) -> [String] {
        let table = table(of: [object], object.kind, reader)
        return zip(table.heads, table.rows[0]).filter { $0.0 != "AGE" }.map(\.1.text)
    }
}

/// How objects are printed that change one after the other: rows below one head, or documents.
private struct ChangedObjectLines {
    let form: ObjectForm
    let showsHeads: Bool
    let paint: Paint
    /// How wide the columns are so far; nil before the first row.
    private var widths: [Int]?
    private var hasPrinted = false

    init(form: ObjectForm, showsHeads: Bool, paint: Paint) {
        (self.form, self.showsHeads, self.paint) = (form, showsHeads, paint)
    }

    /// The text for the next ones.
    mutating func next(_ objects: [Object], _ table: Table) -> String {
        defer { hasPrinted = true }
        switch form {
        case .table, .wide:
            let showsHeads = showsHeads && !hasPrinted
            widths = table.widths(showsHeads: showsHeads, atLeast: widths)
            return table.rendered(paint, showsHeads: showsHeads, atLeast: widths)
        case .name: return objects.map { $0.key.commandLineName + "\n" }.joined()
        case .json: return objects.map { $0.value.prettyJSON + "\n" }.joined()
        case .yaml: return (hasPrinted ? "---\n" : "") + objects.map(\.value.yaml).joined(separator: "---\n")
        }
    }
}
