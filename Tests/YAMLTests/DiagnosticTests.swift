import Testing
import YAML

@Suite struct DiagnosticTests {
    @Test(arguments: [
        (Diagnostic.Severity.error, "a/b.yaml:3:7: what; do"), (.warning, "a/b.yaml:3:7: warning: what; do"),
        (.note, "a/b.yaml:3:7: note: what; do"),
    ])
    func `a finding is one line that editors turn into a link`(severity: Diagnostic.Severity, line: String) {
        let finding = Diagnostic(severity, at: Position(line: 3, column: 7), "what; do")
        #expect(finding.rendered(path: "a/b.yaml") == line)
    }

    @Test func `a finding about the whole file names the file alone`() {
        #expect(
            Diagnostic(.error, at: nil, "too large; split it").rendered(path: "a.yaml") == "a.yaml: too large; split it"
        )
    }

    @Test func `positions are ordered by line, then column`() {
        let positions = [Position(line: 2, column: 1), Position(line: 1, column: 9), Position(line: 1, column: 2)]
        #expect(positions.sorted().map(\.description) == ["1:2", "1:9", "2:1"])
    }
}
