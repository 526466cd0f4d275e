internal import Git
internal import Glibc
internal import Store

/// A folder that shows a report: other tools read it, so a file is there whole or not at all.
struct ReportFolder {
    let path: String

    /// Writes what differs, and nothing else.
    ///
    /// summary.yaml and state.yaml come last: the next run trusts the one for what pages there are, and, while the other
    /// does not name this state, relies on nothing.
    func write(
        _ state: State,
        _ scope: ReportScope,
        _ context: ReportContext
    ) async throws -> (update: ReportUpdate, files: Int) {
        let isKnown = try checkOwner(state, adopts: context.adopts)
        let previous = try isKnown ? read(ReportPath.summary).flatMap(ReportSummary.init(text:)) : nil
        let isFull = context.isFull || !isKnown
        var update = try await ReportUpdate.make(of: state, scope, previous: previous, isFull: isFull)
        if isFull { try update.remove(files()) }
        var count = 0
        var folders: Set<String> = []
        let last = [ReportPath.summary, ReportPath.state]
        let files =
            update.files.filter { !last.contains($0.path) }
            + last.flatMap { path in update.files.filter { $0.path == path } }
        for file in files where try read(file.path) != file.content {
            count += 1
            if let content = file.content {
                try replace(file.path, with: content, &folders)
            } else {
                try remove(file.path)
                update.noteRemoved(file.path)
            }
        }
        return (update, count)
    }

    /// Whether the folder shows this state.
    private func checkOwner(_ state: State, adopts: Bool) throws(ReportError) -> Bool {
        guard let text = try read(ReportPath.state) else {
            if let readme = try read(ReportPath.readme), !readme.isReport, !adopts {
                throw ReportError(
                    .refused,
                    path: "\(path)/\(ReportPath.readme)",
                    "this file was not written by Elafros, and a report would replace it; name another --report-dir"
                )
            }
            return false
        }
        let owner = try StateFile(text, path: "\(path)/\(ReportPath.state)")
        if owner.stateID == state.id { return true }
        guard adopts else {
            throw ReportError(
                .foreign,
                path: path,
                "this folder shows another state; name another --report-dir, or pass --adopt"
            )
        }
        return false
    }
}

// MARK: - The disk

extension ReportFolder {
    /// The paths of all files that have the shape of ours.
    func files() throws(ReportError) -> [String] {
        var found: [String] = []
        var pending = [""]
        while let folder = pending.popLast() {
            for (name, isFolder) in try entries(folder) {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                if isFolder { pending.append(path) } else if ReportPath.isOurs(path) { found.append(path) }
            }
        }
        return found.sorted()
    }

    /// A file's content; nil where there is none.
    func read(_ file: String) throws(ReportError) -> [UInt8]? {
        let descriptor = open("\(path)/\(file)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure(file, "cannot be read")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(file, "cannot be read") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ReportError(.folder, path: "\(path)/\(file)", "is no file; move it out of the way")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { break }
            count += got
        }
        return Array(bytes.prefix(count))
    }

    private func entries(_ folder: String) throws(ReportError) -> [(name: String, isFolder: Bool)] {
        guard let directory = opendir("\(path)/\(folder)") else {
            if errno == ENOENT { return [] }
            throw failure(folder, "cannot be read")
        }
        defer { closedir(directory) }
        var found: [(name: String, isFolder: Bool)] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            // Nothing of ours begins with a dot: .git and the like are not even looked into.
            guard !name.hasPrefix(".") else { continue }
            var status = stat()
            let full = folder.isEmpty ? "\(path)/\(name)" : "\(path)/\(folder)/\(name)"
            guard lstat(full, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: found.append((name, true))
            case S_IFREG: found.append((name, false))
            default: break
            }
        }
        return found
    }

    /// Puts a file in place whole: under another name first, then renamed. It is not forced to the disk: what a loss of
    /// power takes is written again, since the marks go only afterwards, and a report is never what a state is kept in.
    private func replace(_ file: String, with content: [UInt8], _ folders: inout Set<String>) throws(ReportError) {
        let folder = file.split(separator: "/").dropLast().joined(separator: "/")
        if folders.insert(folder).inserted { try makeFolder(folder) }
        // Always the same name: what a crash left behind, the next run replaces.
        let temporary = "\(path)/\(folder.isEmpty ? "" : folder + "/").elafros-new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw failure(file, "cannot be written") }
        var count = 0
        while count < content.count {
            let put = content.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else {
                let error = failure(file, "cannot be written")
                close(descriptor)
                unlink(temporary)
                throw error
            }
            count += put
        }
        close(descriptor)
        guard rename(temporary, "\(path)/\(file)") == 0 else {
            let error = failure(file, "cannot be written")
            unlink(temporary)
            throw error
        }
    }

    /// Removes a file, and the folders that it leaves empty.
    private func remove(_ file: String) throws(ReportError) {
        guard unlink("\(path)/\(file)") == 0 || errno == ENOENT else { throw failure(file, "cannot be removed") }
        var parts = file.split(separator: "/").dropLast()
        while !parts.isEmpty, rmdir("\(path)/\(parts.joined(separator: "/"))") == 0 { parts.removeLast() }
    }

    private func makeFolder(_ folder: String) throws(ReportError) {
        var made = path
        guard makeOne(made) else { throw failure("", "cannot be created") }
        for part in folder.split(separator: "/") {
            made += "/\(part)"
            guard makeOne(made) else { throw failure(folder, "cannot be created") }
        }
    }

    private func makeOne(_ folder: String) -> Bool {
        if mkdir(folder, 0o755) == 0 { return true }
        guard errno == EEXIST || errno == ENOENT else { return false }
        guard errno == ENOENT else { return true }
        // The report's own folder may lie deeper than what is there.
        let parent = folder.split(separator: "/").dropLast().joined(separator: "/")
        guard !parent.isEmpty, makeOne(folder.hasPrefix("/") ? "/" + parent : parent) else { return false }
        return mkdir(folder, 0o755) == 0
    }

    private func failure(_ file: String, _ what: String) -> ReportError {
        let words = String(cString: strerror(errno))
        return ReportError(
            .folder,
            path: file.isEmpty ? path : "\(path)/\(file)",
            "\(what): \(words); check who owns the folder, and its space"
        )
    }
}

extension [UInt8] {
    /// Whether a README is one that a report wrote.
    fileprivate var isReport: Bool { String(decoding: self, as: UTF8.self).contains(ReportPages.notice) }
}
