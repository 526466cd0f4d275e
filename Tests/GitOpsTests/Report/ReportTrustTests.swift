import Engine
import Git
import Resources
import Store
import TestSupport
import Testing
import YAML

@testable import GitOps

/// Reports that are signed, and the ones that are not believed.
@Suite struct ReportTrustTests {
    let world: World
    let key: SigningKey
    let other: SigningKey

    init() throws {
        world = try World()
        let folder = world.folder
        func make(_ name: String) throws -> SigningKey {
            try Program.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder.path(name)])
            return try SigningKey(Array((folder.text(of: name) ?? "").utf8), named: name)
        }
        (key, other) = (try make("key"), try make("other"))
    }

    private func signed(by key: SigningKey?, verifies: Bool = false) -> @Sendable (inout SyncOptions) -> Void {
        {
            $0.reportBranch = "status"
            $0.reportSigning.key = key
            $0.verifiesReport = verifies
        }
    }

    private func signature() async throws -> CommitSignature {
        let mirror = try world.mirror(named: "reader")
        return try await mirror.signature(of: #require(try await mirror.fetchBranch("status")))
    }

    @Test func `report commits and notes are signed, and a rebuild says by whom`() async throws {
        try await world.push(["a.yaml": service("a")]) {
            signed(by: key)(&$0)
            $0.reportNotes = true
        }
        #expect(try await signature() == .valid(key.publicKey))
        world.loseState()
        let result = try await world.sync(signed(by: key, verifies: true))
        #expect(result.reportFailure == nil)
        let findings = result.findings.map(\.rendered)
        #expect(findings.count == 1)
        #expect(findings.first?.hasPrefix("the state begins with the report in branch status, commit ") == true)
        #expect(findings.first?.hasSuffix("which is signed as expected") == true, "\(findings)")
    }

    @Test func `a rebuild from a branch that nobody signed who is believed says so, or is refused`() async throws {
        try await world.push(["a.yaml": service("a")], signed(by: other))
        let head = try world.repository.id(of: "status")
        world.loseState()

        let error = await #expect(throws: ReportError.self) {
            try await world.sync(signed(by: key, verifies: true))
        }

        #expect(error?.kind == .untrusted)
        #expect(
            error?.description.hasPrefix(
                "status: commit \(head.prefix(7)) is signed by another key: \(other.publicKey), not \(key.publicKey), and only"
            ) == true
        )
        #expect(world.state.version == 0)
        #expect(try world.repository.id(of: "status") == head)

        let warned = try await world.sync(signed(by: key))
        #expect(warned.findings.map(\.severity) == [.warning])
        #expect(warned.findings.first?.rendered.contains("is signed by another key: \(other.publicKey)") == true)
        #expect(world.service("a") != nil)
        // From there on it is ours.
        #expect(try await signature() == .valid(key.publicKey))
        #expect(try await world.sync(signed(by: key, verifies: true)).reportFailure == nil)
    }

    @Test func `nothing is built upon a commit that is not believed`() async throws {
        try await world.push(["a.yaml": service("a")], signed(by: key, verifies: true))
        try world.repository.git("checkout", "-q", "status")
        try world.repository.commit(["README.md": "all is well"], message: "Forged")
        try world.repository.git("checkout", "-q", "main")
        let forged = try world.repository.id(of: "status")

        let result = try await world.push(["b.yaml": service("b")], signed(by: key, verifies: true))

        let error = result.reportFailure as? ReportError
        #expect(error?.kind == .untrusted)
        #expect(error?.description.contains("commit \(forged.prefix(7)) is not signed") == true)
        #expect(result.outcome == .couldNotRun)
        #expect(world.service("b") != nil)
        #expect(try world.repository.id(of: "status") == forged)
        // A person who has looked at it.
        let adopted = try await world.sync {
            signed(by: key, verifies: true)(&$0)
            $0.adopts = true
        }
        #expect(adopted.reportFailure == nil)
        #expect(try await signature() == .valid(key.publicKey))
    }

    @Test func `a key that comes later signs what stands there, and one that is not at hand is asked for`() async throws
    {
        try await world.push(["a.yaml": service("a")], signed(by: nil))
        #expect(try await signature() == .none)
        try await world.sync(signed(by: key))
        #expect(try await signature() == .valid(key.publicKey))
        let head = try world.repository.id(of: "status")
        #expect(try await world.sync(signed(by: key)).isNothingNew)
        #expect(try world.repository.id(of: "status") == head)

        // As `elafros suspend` does without a file: by what the state remembers.
        let sync = try #require(world.state[Key(.sync, "", "shop")])
        let options = try SyncOptions(of: sync)
        try world.repository.commit(["b.yaml": service("b")])
        let result = try await world.sync { $0 = options }
        #expect((result.reportFailure as? ReportError)?.message.contains("that key is not at hand") == true)
        #expect(try world.repository.id(of: "status") == head)
    }

    @Test func `where nobody signs, a rebuild says that it is not signed, and alarms nobody`() async throws {
        try await world.push(["a.yaml": service("a")], signed(by: nil))
        world.loseState()
        let result = try await world.sync(signed(by: nil))
        #expect(result.findings.map(\.severity) == [.note])
        #expect(result.findings.first?.rendered.hasSuffix("which is not signed") == true)
        #expect(result.outcome == .inSync)
    }
}
