internal import Glibc

/// Where references stand in a repository on this disk, read from its files.
///
/// Most polls bring nothing new, and starting libgit2 takes longer than all the rest of such a poll does. So this answers
/// where one look at a file does; where it answers nil, whoever asks opens the repository.
struct ReferenceFiles {
    private let folder: String

    /// The files of a bare repository, or of the part of another that is one.
    init(bare folder: String) { self.folder = folder }

    /// The files of the repository at a path, in the order in which a repository is looked for there; nil where that leads
    /// elsewhere, as in a linked work tree.
    init?(at path: String) {
        let places = Folder.exists("\(path)/.git") ? ["\(path)/.git"] : [path, "\(path).git"]
        guard let folder = places.first(where: { Folder.exists("\($0)/HEAD") && Folder.isFolder("\($0)/objects") })
        else { return nil }
        self.folder = folder
    }

    /// The branch that is the default; nil where no branch is, and where that is not plain to see.
    var headBranch: String? {
        let prefix = "ref: refs/heads/"
        guard let line = line(of: "HEAD"), line.hasPrefix(prefix) else { return nil }
        return String(line.dropFirst(prefix.count))
    }

    /// What a reference leads to; nil where it is not there, was packed away, or leads on to another one.
    subscript(reference: String) -> ObjectID? {
        guard !reference.split(separator: "/").contains("..") else { return nil }
        return line(of: reference).flatMap { ObjectID(hex: $0) }
    }

    private func line(of file: String) -> Substring? {
        guard let bytes = try? Folder.read("\(folder)/\(file)", doing: "read \(file)"), bytes.last == UInt8(ascii: "\n")
        else { return nil }
        return String(decoding: bytes.dropLast(), as: UTF8.self)[...]
    }
}
