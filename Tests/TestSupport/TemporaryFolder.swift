public import Foundation

/// A folder of a test's own, removed when nobody holds it any more.
public final class TemporaryFolder: Sendable {
    /// Where it is.
    public let path: String

    /// Creates an empty folder.
    public init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("elafros-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    deinit {
        // Left-overs in the system's folder for temporary files are no reason to fail.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of something in the folder.
    public func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, and the folders that lead to it.
    public func write(_ text: String, to name: String, permissions: Int = 0o644) throws {
        try write(Data(text.utf8), to: name, permissions: permissions)
    }

    /// Writes a file, and the folders that lead to it.
    public func write(_ data: Data, to name: String, permissions: Int = 0o644) throws {
        let url = URL(fileURLWithPath: path(name))
        let manager = FileManager.default
        try manager.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
        try manager.setAttributes([.posixPermissions: permissions], ofItemAtPath: url.path)
    }

    /// The text of a file, or nil if it is not there.
    public func text(of name: String) -> String? {
        FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) }
    }
}
