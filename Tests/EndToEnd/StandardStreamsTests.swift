import TestSupport
import Testing

/// What the program does where its standard streams are not what one expects, as under cron, in scripts and in pipes.
@Suite struct StandardStreamsTests {
    let folder: TemporaryFolder
    let repository: GitRepository
    let state: String

    init() throws {
        folder = try TemporaryFolder()
        repository = try GitRepository(in: folder, named: "shop")
        try repository.commit(["shop.yaml": Self.service])
        state = folder.path("state")
    }

    private static let service = """
        apiVersion: elafros.dev/v1alpha1
        kind: Service
        metadata: {name: shop}
        spec: {runLatest: {configuration: {revisionTemplate: {spec: {container: {image: shop:1}}}}}}

        """

    /// The program, its words followed by what a shell does to its streams.
    private func elafros(_ streams: String) -> Elafros {
        Elafros(wrapper: ["/bin/sh", "-c", "\"$@\" \(streams)", "sh"])
    }

    @Test func `output that a full disk does not take is an error`() throws {
        _ = try Elafros()("sync", "--repo", repository.path, "--state", state)
        let ran = try elafros(">/dev/full")("get", "svc", "--state", state)
        #expect(ran.status == 2)
        #expect(ran.errors == "elafros: standard output: cannot write: No space left on device\n")
    }

    @Test func `with its streams closed a sync writes into none of its own files`() throws {
        let ran = try elafros("<&- >&-")("sync", "--repo", repository.path, "--state", state)
        #expect(ran.status == 2)
        #expect(ran.errors == "elafros: standard output: cannot write: Bad file descriptor\n")
        #expect(folder.text(of: "state/lock")?.contains("created") == false)
        #expect(try Elafros()("get", "svc", "-o", "name", "--state", state).output == "service.elafros.dev/shop\n")
    }

    @Test func `a reader that has enough is no error`() throws {
        _ = try Elafros()("sync", "--repo", repository.path, "--state", state)
        let ran = try elafros("| head -n 1")("get", "svc", "-o", "yaml", "--state", state)
        #expect(ran.output == "apiVersion: v1\n")
        #expect(ran.errors.isEmpty)
    }

    @Test(arguments: [["get", "svc", "-w"], ["watch"]])
    func `what goes on until a signal ends well by it, or with its reader`(words: [String]) throws {
        _ = try Elafros()("sync", "--repo", repository.path, "--state", state)
        let signalled = """
            mkfifo "$0"; "$@" > "$0" & { read -r line; kill -TERM $!; cat > /dev/null; } < "$0"; wait $!
            """
        let program = Elafros(wrapper: ["/bin/sh", "-c", signalled, folder.path("pipe")])
        let ran = try program.run(words + ["--state", state])
        #expect(ran.status == 0)
        #expect(ran.errors.isEmpty)
        let left = "mkfifo \"$0\"; \"$@\" > \"$0\" & head -n 1 \"$0\" > /dev/null; wait $!"
        let reader = Elafros(wrapper: ["/bin/sh", "-c", left, folder.path("other")])
        #expect(try reader.run(words + ["--state", state]).status == 0)
    }

    @Test func `a word that is not UTF-8 is refused, and not taken for another file's name`() throws {
        let ran = try elafros("\"$(printf '\\377')\"")("validate")
        #expect(ran.status == 64)
        #expect(ran.errors.hasPrefix("elafros: a word of the command line is not UTF-8"))
    }
}
