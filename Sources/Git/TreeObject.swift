internal import Glibc

/// One tree as git stores it: names, modes and ids, sorted.
///
/// Read by ourselves from the raw bytes: a walk compares two of these without an allocation for each entry, and names that
/// could lead out of a folder are refused in one place.
struct TreeObject {
    struct Entry {
        let mode: TreeMode
        let name: Range<Int>
        let id: ObjectID
    }

    let bytes: [UInt8]
    private(set) var entries: [Entry] = []

    static let empty = TreeObject()

    private init() { bytes = [] }

    /// Reads a tree, or throws `.other` if it is malformed or holds a name that no checkout could have: git refuses both,
    /// and so does whoever pushes through a server that checks.
    init(_ raw: UnsafeRawBufferPointer, id: ObjectID) throws(GitError) {
        bytes = Array(raw)
        var start = 0
        while start < bytes.count {
            let entry = try entry(at: start, of: id)
            if let last = entries.last, !isAscending(last, entry) {
                throw Self.malformed(id, "its entries are not sorted, or a name is there twice")
            }
            entries.append(entry)
            start = entry.name.upperBound + 21
        }
    }

    private func entry(at start: Int, of id: ObjectID) throws(GitError) -> Entry {
        var mode: UInt32 = 0
        var index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: " ") {
            let digit = UInt32(bytes[index]) &- UInt32(UInt8(ascii: "0"))
            guard digit < 8, index - start < 7 else { throw Self.malformed(id, "a mode is not octal") }
            mode = mode << 3 | digit
            index += 1
        }
        let nameStart = index + 1
        guard let nameEnd = bytes[min(nameStart, bytes.count)...].firstIndex(of: 0), nameEnd + 20 < bytes.count else {
            throw Self.malformed(id, "it ends in the middle of an entry")
        }
        let name = bytes[nameStart..<nameEnd]
        if name.isEmpty || name.contains(UInt8(ascii: "/")) || name.elementsEqual(".".utf8)
            || name.elementsEqual("..".utf8)
        {
            throw Self.malformed(id, "\"\(GitPath(bytes: name))\" is no name for a file")
        }
        let entryID = bytes.withUnsafeBytes { ObjectID($0, at: nameEnd + 1) }
        return Entry(mode: TreeMode(rawValue: mode), name: nameStart..<nameEnd, id: entryID)
    }

    private func isAscending(_ first: Entry, _ second: Entry) -> Bool { order(first, self, second) < 0 }

    private static func malformed(_ id: ObjectID, _ why: String) -> GitError {
        GitError(
            .other,
            doing: "read tree \(id.short)",
            reason: "\(why); repair the repository (git fsck names the tree)"
        )
    }
}

extension TreeObject {
    /// Where `mine` stands relative to another tree's entry, in git's order: a folder sorts as if its name ended in `/`.
    /// So a file and a folder of one name are different entries, which is what a comparison wants.
    func order(_ mine: Entry, _ other: TreeObject, _ theirs: Entry) -> Int {
        let shared = min(mine.name.count, theirs.name.count)
        let prefix = bytes.withUnsafeBytes { left -> CInt in
            other.bytes.withUnsafeBytes { right -> CInt in
                guard let left = left.baseAddress, let right = right.baseAddress else { return CInt(0) }
                return memcmp(left + mine.name.lowerBound, right + theirs.name.lowerBound, shared)
            }
        }
        if prefix != 0 { return Int(prefix) }
        return byte(of: mine, at: shared) - other.byte(of: theirs, at: shared)
    }

    private func byte(of entry: Entry, at index: Int) -> Int {
        if index < entry.name.count { return Int(bytes[entry.name.lowerBound + index]) }
        return index == entry.name.count && entry.mode.isFolder ? Int(UInt8(ascii: "/")) : 0
    }

    /// The entry of that name, whatever it is.
    func entry(named name: some Collection<UInt8>) -> Entry? {
        entries.first { bytes[$0.name].elementsEqual(name) }
    }
}

/// The mode of an entry, by which git tells files from folders.
struct TreeMode: RawRepresentable, Hashable {
    let rawValue: UInt32

    static let folder = TreeMode(rawValue: 0o40000)
    static let file = TreeMode(rawValue: 0o100644)

    var isFolder: Bool { rawValue & 0o170000 == 0o40000 }

    /// What the entry is, or nil for a folder.
    var kind: Entry.Kind? {
        switch rawValue & 0o170000 {
        case 0o40000: nil
        case 0o120000: .symlink
        case 0o160000: .submodule
        default: rawValue & 0o100 != 0 ? .executable : .file
        }
    }
}
