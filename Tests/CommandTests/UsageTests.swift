import Testing

@testable import elafros

@Suite struct UsageTests {
    @Test(arguments: [
        ["nonsense"], ["sync"], ["sync", "--repo"], ["sync", "--repo", "x", "--branch", "a", "--tag", "b"],
        ["sync", "--repo", "x", "--commit", "12345"], ["sync", "--repo", "x", "--max-prune", "101%"],
        ["sync", "--repo", "x", "--timeout", "soon"], ["sync", "--repo", "x", "--name", "../up"], ["serve"],
        ["sync", "--repo", "x", "--namespace", "Bad_NS"], ["diff", "--repo", "x", "-n", ""],
        ["serve", "--no-poll", "--listen", "nowhere"], ["get"], ["get", "nothings"], ["get", "svc", "-A", "-n", "x"],
        ["get", "svc", "-l", "=x"], ["delete", "svc"], ["patch", "svc", "-p", "{}"],
        ["patch", "svc,rt", "x", "-p", "{}"], ["state", "rebuild"],
        ["state", "rebuild", "--from-report", "--repo", "x"],
    ])
    func `wrong words end with 64 and say what is wrong`(words: [String]) async throws {
        let ran = try await Shell().run(words)
        #expect(ran.code == 64)
        #expect(ran.output.isEmpty && !ran.errors.isEmpty)
    }

    @Test func `a mistyped command is told from what was probably meant`() async throws {
        let ran = try await Shell().run("statsu")
        #expect(ran.code == 64)
        #expect(ran.errors == "elafros: there is no command \"statsu\"; did you mean \"status\"?\n")
    }

    @Test func `serve takes the words of a sync`() async throws {
        let words = ["--repo", "x", "--wait", "ready", "--timeout", "30s", "--stats", "--report-dir", "r", "--adopt"]
        // Ends at the one word that is wrong: all others were taken.
        let ran = try await Shell().run(["serve"] + words + ["--interval", "1ms"])
        #expect(ran.code == 64)
        #expect(ran.errors.contains("--interval: less than 100ms"))
    }

    @Test func `a negative time is told from one that is missing`() async throws {
        let ran = try await Shell().run("sync", "--repo", "x", "--timeout", "-1")
        #expect(ran.code == 64)
        #expect(ran.errors.contains("'-1' is invalid for '--timeout"))
    }

    @Test(arguments: [("status", "status"), ("refs/heads/x", "x"), ("a/b", "a/b")])
    func `a branch is read with and without refs in front`(text: String, name: String) {
        #expect(BranchName(argument: text)?.text == name)
    }

    @Test(arguments: ["a..b", "", "refs/heads/", "a b", "a/", "/a", "a//b", ".a", "a.lock", "a.", "a~1", "@{1}", "@"])
    func `what git takes for no branch ends with 64 before anything is done`(text: String) async throws {
        #expect(BranchName(argument: text) == nil)
        #expect(try await Shell().run("sync", "--repo", "x", "--report-branch", text).code == 64)
    }

    @Test(arguments: [["get", "svc"], ["status"]])
    func `what takes no lock has no time to wait for it`(words: [String]) async throws {
        #expect(try await Shell().run(words + ["--lock-timeout", "1s"]).code == 64)
    }

    @Test func `the program alone prints its help`() async throws {
        let ran = try await Shell().run()
        #expect(ran.code == 0)
        #expect(ran.output.contains("USAGE: elafros <subcommand>"))
    }

    @Test func `the version is one line`() async throws {
        let ran = try await Shell().run("--version")
        #expect(ran == Shell.Ran(code: 0, output: "elafros \(Version.number)\n", errors: ""))
    }

    @Test(arguments: [
        ("30s", 30_000), ("300", 300_000), ("1h30m", 5_400_000), ("250ms", 250), ("0", 0),
    ])
    func `a span is read`(text: String, milliseconds: Int) {
        #expect(Span(argument: text)?.duration == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "s", "-1", "5 m", "5x", "m5", "99999999999"])
    func `what is no span is refused`(text: String) {
        #expect(Span(argument: text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8080), (":80", "0.0.0.0", 80), ("[::1]:0", "::1", 0),
        ("localhost:1", "localhost", 1),
    ])
    func `an address is read`(text: String, host: String, port: Int) {
        #expect(ListenAddress(argument: text) == ListenAddress(host: host, port: port))
    }

    @Test(arguments: ["8080", "::1:80", "host:", "host:65536", "host:-1"])
    func `what is no address is refused`(text: String) {
        #expect(ListenAddress(argument: text) == nil)
    }

    @Test(arguments: [("60%", 60), ("60", 60), ("0%", 0), ("100%", 100)])
    func `a percentage is read`(text: String, value: Int) {
        #expect(Percent(argument: text)?.value == value)
    }
}
