import Foundation

/// An empty bare repository, made without git.
enum BareRepository {
    static func create(at path: String) throws {
        for name in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        }
        try Data("ref: refs/heads/main\n".utf8).write(to: URL(fileURLWithPath: "\(path)/HEAD"))
        let config = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
        try Data(config.utf8).write(to: URL(fileURLWithPath: "\(path)/config"))
    }
}
