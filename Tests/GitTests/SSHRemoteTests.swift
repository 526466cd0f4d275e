import Foundation
import Git
import TestSupport
import Testing

@Suite(.enabled(if: SSHRemote.isAvailable, "needs sshd and ssh-keygen"))
struct SSHRemoteTests {
    let source: GitRepository
    let remote: GitRepository
    let folder: TemporaryFolder
    let server: SSHRemote

    init() throws {
        folder = try TemporaryFolder()
        source = try GitRepository()
        try source.commit(["services/shop.yaml": "kind: Service\n"])
        remote = try source.bareCopy(in: folder)
        server = try SSHRemote()
    }

    private func mirror(key: Credentials.SSHKey?, knownHosts: String) throws -> Mirror {
        let credentials = Credentials(sshKey: key, knownHostsFile: knownHosts)
        return try makeMirror(server.address(of: remote.path), in: folder, credentials: credentials)
    }

    private var key: Credentials.SSHKey { Credentials.SSHKey(file: server.keyFile) }

    @Test func `clone, fetch and publish with a key`() async throws {
        // Also guards the layout of our socket, which libgit2's SSH transport takes for its own.
        let mirror = try mirror(key: key, knownHosts: server.knownHostsFile)
        let first = try await mirror.fetch(.head, known: nil)
        #expect(try first.commit.hex == source.id(of: "main"))
        let second = try source.commit(["a": "2"])
        try source.git("push", "-q", "--mirror", remote.path)
        #expect(try await mirror.fetch(.head, known: first.commit).commit.hex == second)
        guard case .pushed(let id, _) = try await mirror.publish("status", nil, ["a": "a"]) else {
            return #expect(Bool(false), "not pushed")
        }
        #expect(try remote.id(of: "status") == id.hex)
    }

    @Test func `exactly what is new is sent`() async throws {
        try await expectOnlyNewObjects(through: mirror(key: key, knownHosts: server.knownHostsFile), to: remote)
    }

    @Test(.enabled(if: Program.find("ssh-agent") != nil, "needs ssh-agent"))
    func `an agent's key opens, and without it nothing does`() async throws {
        // The agent is found by a variable of the whole process: a process of its own.
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let source = try GitRepository()
            let commit = try source.commit(["a": "1"])
            let remote = try source.bareCopy(in: folder)
            let server = try SSHRemote()
            let agent = try server.startAgent()
            setenv("SSH_AUTH_SOCK", agent.socket, 1)
            let credentials = Credentials(usesAgent: true, knownHostsFile: server.knownHostsFile)
            let address = server.address(of: remote.path)
            do {
                _ = try await makeMirror(address, in: folder, credentials: credentials).fetch(.head, known: nil)
                throw Program.Failure(description: "an empty agent opened")
            } catch let error as GitError {
                try #require(error.kind == .authentication)
            }
            try agent.add(server.keyFile)
            let mirror = try makeMirror(address, in: TemporaryFolder(), credentials: credentials)
            let fetched = try await mirror.fetch(.head, known: nil)
            try #require(fetched.commit.hex == commit)
        }
    }

    @Test func `an encrypted key and hashed host names`() async throws {
        let key = Credentials.SSHKey(file: server.encryptedKeyFile, passphrase: "secret")
        let mirror = try mirror(key: key, knownHosts: server.hashedKnownHostsFile)
        #expect(try await mirror.fetch(.head, known: nil).commit.hex == source.id(of: "main"))
    }

    @Test func `a host whose key is not known is refused, with how to add it`() async throws {
        let file = folder.path("nobody")
        let mirror = try mirror(key: key, knownHosts: file)
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
        #expect(error?.kind == .hostKeyUnknown)
        #expect(error?.reason.contains("ssh-keyscan -p \(server.port) 127.0.0.1 >> \(file)") == true)
    }

    @Test func `a host with another key is refused`() async throws {
        let other = try SSHRemote()
        let lines = try Program.run("cat", [other.knownHostsFile])
        try folder.write(lines.replacing("\(other.port)", with: "\(server.port)") + "\n", to: "changed")
        let mirror = try mirror(key: key, knownHosts: folder.path("changed"))
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
        #expect(error?.kind == .hostKeyUnknown)
        #expect(error?.reason.contains("someone may be listening in") == true)
    }

    @Test func `an RSA key is refused with the way out`() async throws {
        let mirror = try mirror(key: Credentials.SSHKey(file: server.rsaKeyFile), knownHosts: server.knownHostsFile)
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
        #expect(error?.kind == .authentication)
        #expect(error?.reason.contains("ed25519") == true)
    }

    @Test func `without a key the message says what is missing`() async throws {
        let mirror = try mirror(key: nil, knownHosts: server.knownHostsFile)
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
        #expect(error?.kind == .authentication)
        #expect(error?.reason == "the remote asks for a key; give a private key, or start an SSH agent")
    }

    @Test func `a repository that is not there is reported as such`() async throws {
        let credentials = Credentials(sshKey: key, knownHostsFile: server.knownHostsFile)
        let mirror = try makeMirror(server.address(of: "\(folder.path)/none.git"), in: folder, credentials: credentials)
        let error = await #expect(throws: GitError.self) { try await mirror.fetch(.head, known: nil) }
        #expect(error?.kind == .notFound)
    }
}
