public import Foundation

/// Compares a text with the golden file of that name in fixtures/, and fails where they differ.
///
/// With `UPDATE_GOLDEN=1` in the environment the file is written instead, to be reviewed as a change like any other.
public func expectGolden(_ text: String, _ name: String, fixtures: URL = Golden.fixtures) throws {
    let file = fixtures.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return
    }
    // A golden file that is missing differs from any text.
    let expected = (try? Data(contentsOf: file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    guard text != expected else { return }
    throw Golden.Difference(name: name, expected: expected, actual: text)
}

/// Where golden files are, and how they differ.
public enum Golden {
    /// The folder fixtures/ of the project.
    public static let fixtures = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("fixtures")

    /// A text that is not as the golden file has it.
    public struct Difference: Error, CustomStringConvertible {
        let name: String
        let expected: String
        let actual: String

        /// The first line that differs, and what to do.
        public var description: String {
            let expected = expected.split(separator: "\n", omittingEmptySubsequences: false)
            let actual = actual.split(separator: "\n", omittingEmptySubsequences: false)
            let line =
                zip(expected, actual).enumerated().first { $1.0 != $1.1 }?.offset ?? min(expected.count, actual.count)
            func shown(_ lines: [Substring]) -> String { line < lines.count ? String(lines[line]) : "(end)" }
            return """
                fixtures/\(name):\(line + 1) differs; UPDATE_GOLDEN=1 rewrites it
                - \(shown(expected))
                + \(shown(actual))
                whole text:
                \(self.actual)
                """
        }
    }
}
