import Git
import TestSupport
import Testing

/// A mirror in the folder, with a deadline that no healthy test reaches.
func makeMirror(
    _ address: String,
    in folder: TemporaryFolder,
    credentials: Credentials = Credentials(),
    timeout: Duration = .seconds(60)
) throws -> Mirror {
    Mirror(
        folder: folder.path("mirrors/mirror.git"),
        remote: try RemoteURL(address),
        credentials: credentials,
        timeout: timeout
    )
}

/// The id that git printed.
func id(_ hex: String) throws -> ObjectID { try #require(ObjectID(hex: hex)) }

extension Signature {
    /// Someone who writes reports.
    static let elafros = Signature(name: "Elafros", email: "elafros@localhost", milliseconds: 1_700_000_000_123)
}
