import Git
import TestSupport
import Testing

@Suite(.enabled(if: HTTPRemote.isAvailable, "needs nginx, fcgiwrap and git-http-backend"))
struct HTTPRemoteTests {
    let source: GitRepository
    let remote: GitRepository
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        source = try GitRepository()
        try source.commit(["services/shop.yaml": "kind: Service\n"])
        remote = try source.bareCopy(in: folder)
    }

    /// Brings the remote to where the source is.
    private func push() throws { try source.git("push", "-q", "--mirror", remote.path) }

    @Test func `clone, fetch, and a poll with nothing new`() async throws {
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/remote.git", in: folder)
        let first = try await mirror.fetch(.head, known: nil)
        #expect(try first.commit.hex == source.id(of: "main"))
        #expect(first.branchName == "main")
        let second = try source.commit(["services/cart.yaml": "kind: Service\n"])
        try push()
        let fetched = try await mirror.fetch(.head, known: first.commit)
        #expect(fetched.commit.hex == second)
        #expect(!fetched.rewroteHistory)
        let changes = try await mirror.changes(
            from: mirror.tree(of: first.commit),
            to: mirror.tree(of: fetched.commit),
            under: "services"
        )
        #expect(changes.map(\.path.text) == ["services/cart.yaml"])
        let before = server.requests.count
        #expect(try await mirror.fetch(.head, known: fetched.commit).isNew == false)
        #expect(server.requests.count == before + 1)
    }

    @Test func `tags, commits and branches can be followed`() async throws {
        let first = try source.id(of: "main")
        try source.git("tag", "-a", "-m", "A release", "v1")
        let second = try source.commit(["a": "2"])
        try source.git("branch", "next", second)
        let third = try source.commit(["a": "3"])
        try push()
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/remote.git", in: folder)
        #expect(try await mirror.fetch(.tag("v1"), known: nil).commit.hex == first)
        #expect(try await mirror.fetch(.branch("next"), known: nil).commit.hex == second)
        #expect(try await mirror.fetch(.commit(id(third)), known: nil).commit.hex == third)
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.branch("none"), known: nil) }
        #expect(error?.kind == .notFound)
        #expect(error?.reason == "branch none does not exist; there are main, next")
    }

    @Test func `a commit on no branch's end is found`() async throws {
        let first = try source.id(of: "main")
        try source.commit(["a": "2"])
        try push()
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/remote.git", in: folder)
        #expect(try await mirror.fetch(.commit(id(first)), known: nil).commit.hex == first)
        let nowhere = try id(String(repeating: "1", count: 40))
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.commit(nowhere), known: nil) }
        #expect(error?.kind == .notFound)
    }

    @Test func `a rewritten history is followed and reported`() async throws {
        let second = try source.commit(["a": "2"])
        try push()
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/remote.git", in: folder)
        _ = try await mirror.fetch(.head, known: nil)
        try source.git("reset", "-q", "--hard", "HEAD~1")
        let third = try source.commit(["a": "3"])
        try push()
        let fetched = try await mirror.fetch(.head, known: id(second))
        #expect(fetched.commit.hex == third)
        #expect(fetched.rewroteHistory)
    }

    @Test func `a password opens, in the address too, and is in no message`() async throws {
        let server = try HTTPRemote(serving: folder.path, access: .password(user: "ada", password: "s3cret"))
        let address = "\(server.address)/remote.git"
        let given = Credentials(http: .password(user: "ada", password: "s3cret"))
        let commit = try source.id(of: "main")
        #expect(
            try await makeMirror(address, in: folder, credentials: given).fetch(.head, known: nil).commit.hex == commit
        )
        let written = address.replacing("http://", with: "http://ada:s3cret@")
        let other = try TemporaryFolder()
        #expect(try await makeMirror(written, in: other).fetch(.head, known: nil).commit.hex == commit)
        #expect(try RemoteURL(written).description == address)

        let wrong = Credentials(http: .password(user: "ada", password: "wr0ng"))
        let mirror = try makeMirror(address, in: TemporaryFolder(), credentials: wrong)
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
        #expect(error?.kind == .authentication)
        #expect(error?.description.contains("wr0ng") == false)
        let stranger = try makeMirror(address, in: TemporaryFolder())
        let asked = await #expect(throws: GitError.self) { try await stranger.fetch(.head, known: nil) }
        #expect(asked?.reason == "the remote asks for credentials; give a token, or a user name and password")
    }

    @Test func `a token opens as a password and as a bearer`() async throws {
        let commit = try source.id(of: "main")
        let forge = try HTTPRemote(serving: folder.path, access: .password(user: "x-access-token", password: "t0ken"))
        let asPassword = try makeMirror(
            "\(forge.address)/remote.git",
            in: folder,
            credentials: Credentials(http: .token("t0ken"))
        )
        #expect(try await asPassword.fetch(.head, known: nil).commit.hex == commit)
        let other = try HTTPRemote(serving: folder.path, access: .bearer("t0ken"))
        let credentials = Credentials(http: .bearer("t0ken"))
        let asBearer = try makeMirror("\(other.address)/remote.git", in: TemporaryFolder(), credentials: credentials)
        #expect(try await asBearer.fetch(.head, known: nil).commit.hex == commit)
    }

    @Test func `credentials do not follow a redirect`() async throws {
        let server = try HTTPRemote(serving: folder.path, access: .password(user: "ada", password: "s3cret"))
        let other = try HTTPRemote(redirectingTo: "http://localhost:\(server.port)")
        let credentials = Credentials(http: .password(user: "ada", password: "s3cret"))
        let mirror = try makeMirror("\(other.address)/remote.git", in: folder, credentials: credentials)
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
        #expect(error?.kind == .authentication)
        #expect(server.requests.isEmpty)
    }

    @Test func `credentials follow a redirect on the same host`() async throws {
        let server = try HTTPRemote(serving: folder.path, access: .password(user: "ada", password: "s3cret"))
        let other = try HTTPRemote(redirectingTo: server.address)
        let credentials = Credentials(http: .password(user: "ada", password: "s3cret"))
        let mirror = try makeMirror("\(other.address)/remote.git", in: folder, credentials: credentials)
        #expect(try await mirror.fetch(.head, known: nil).commit.hex == source.id(of: "main"))
    }

    @Test func `without credentials a redirect is followed`() async throws {
        let server = try HTTPRemote(serving: folder.path)
        let other = try HTTPRemote(redirectingTo: server.address)
        let mirror = try makeMirror("\(other.address)/remote.git", in: folder)
        #expect(try await mirror.fetch(.head, known: nil).commit.hex == source.id(of: "main"))
    }

    @Test func `a repository that is not there is reported as such`() async throws {
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/other.git", in: folder)
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
        #expect(error?.kind == .notFound)
    }

    @Test func `an authority of one's own is trusted beside the system's`() async throws {
        // libgit2 keeps authorities for the whole process: a process of its own.
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let source = try GitRepository()
            let commit = try source.commit(["a": "1"])
            _ = try source.bareCopy(in: folder)
            let server = try HTTPRemote(serving: folder.path, encrypted: true)
            let credentials = Credentials(authoritiesFile: server.authorityFile)
            let mirror = try makeMirror("\(server.address)/remote.git", in: folder, credentials: credentials)
            let fetched = try await mirror.fetch(.head, known: nil)
            try #require(fetched.commit.hex == commit)
        }
    }

    @Test func `a certificate for another host is refused`() async throws {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let server = try HTTPRemote(serving: folder.path, encrypted: true)
            let mirror = try makeMirror(
                "\(server.address.replacing("localhost", with: "127.0.0.1"))/remote.git",
                in: folder,
                credentials: Credentials(authoritiesFile: server.authorityFile)
            )
            do {
                _ = try await mirror.fetch(.head, known: nil)
                throw Program.Failure(description: "the certificate was accepted")
            } catch let error as GitError {
                try #require(error.kind == .authentication)
                try #require(server.requests.isEmpty)
            }
        }
    }

    @Test func `a server that ends in the middle of a pack is named, and the mirror stays`() async throws {
        let server = try HTTPRemote(serving: folder.path)
        let relay = try CuttingRelay(to: server.port, cutAfter: 20_000)
        let mirror = try makeMirror("http://127.0.0.1:\(relay.port)/remote.git", in: folder)
        let first = try await mirror.fetch(.head, known: nil).commit
        var numbers = SystemRandomNumberGenerator()
        let noise = (0..<40_000).map { _ in String(numbers.next() as UInt64, radix: 36) }.joined()
        try source.commit(["noise": noise])
        try push()
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: first) }
        #expect(error?.kind == .refused)
        #expect(error?.reason.contains("the remote ended the conversation") == true)
        #expect(error?.reason.contains("objects:") == false)
        try source.git("reset", "-q", "--hard", first.hex)
        let small = try source.commit(["a": "2"])
        try push()
        let fetched = try await mirror.fetch(.head, known: first)
        #expect(fetched.commit.hex == small)
        #expect(!fetched.rebuiltMirror)
    }

    @Test func `a certificate of an unknown authority is refused`() async throws {
        let server = try HTTPRemote(serving: folder.path, encrypted: true)
        let mirror = try makeMirror("\(server.address)/remote.git", in: folder)
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
        #expect(error?.kind == .authentication)
        #expect(error?.reason.contains("authority of your own") == true)
    }

    @Test func `publishing creates the branch, adds to it, and leaves it alone`() async throws {
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/remote.git", in: folder)
        _ = try await mirror.fetch(.head, known: nil)
        let first = try await mirror.publish("status", nil, ["a/x.md": "x", "b.md": "b"])
        guard case .pushed(let created, _) = first else { return #expect(Bool(false), "\(first)") }
        #expect(try remote.git("ls-tree", "-r", "--name-only", "status") == "a/x.md\nb.md")
        #expect(try await mirror.publish("status", created, ["b.md": "b"]) == .unchanged(created))
        let second = try await mirror.publish("status", created, ["b.md": nil, "c.md": "c"])
        guard case .pushed(let changed, _) = second else { return #expect(Bool(false), "\(second)") }
        #expect(try remote.id(of: "status") == changed.hex)
        #expect(try remote.git("ls-tree", "-r", "--name-only", "status") == "a/x.md\nc.md")
        try remote.git("fsck", "--strict", "--no-dangling")
        #expect(try await mirror.publish("status", created, ["d.md": "d"]) == .moved(changed))
    }

    @Test func `a push that a hook declines is rejected in the hook's words`() async throws {
        try remote.installHook("pre-receive", "echo 'reports are frozen'; exit 1")
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/remote.git", in: folder)
        _ = try await mirror.fetch(.head, known: nil)
        let error = await #expect(throws: GitError.self) { try await mirror.publish("status", nil, ["a": "a"]) }
        #expect(error?.kind == .rejected)
        #expect(error?.reason == "pre-receive hook declined (remote: reports are frozen)")
    }

    @Test func `exactly what is new is sent`() async throws {
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/remote.git", in: folder)
        try await expectOnlyNewObjects(through: mirror, to: remote)
    }

    @Test func `a thousand files are pushed over HTTP`() async throws {
        let server = try HTTPRemote(serving: folder.path)
        let mirror = try makeMirror("\(server.address)/remote.git", in: folder)
        _ = try await mirror.fetch(.head, known: nil)
        let files = Dictionary(
            uniqueKeysWithValues: (0..<1000).map { ("f/\($0 % 7)/\($0).md", String?("report \($0)\n")) }
        )
        guard case .pushed(let id, _) = try await mirror.publish("status", nil, files) else {
            return #expect(Bool(false), "not pushed")
        }
        #expect(try remote.git("ls-tree", "-r", "--name-only", id.hex).split(separator: "\n").count == 1000)
    }
}

extension Mirror {
    /// Publishes texts (nil removes a file).
    func publish(
        _ branch: String,
        _ parent: ObjectID?,
        _ files: [String: String?]
    ) throws -> Published {
        try publish(
            branch: branch,
            parent: parent,
            changes: files.map { FileChange(path: $0, content: $1.map { Array($0.utf8) }) },
            message: "Report",
            author: .elafros
        )
    }
}
