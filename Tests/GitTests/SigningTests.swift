import Foundation
import Git
import TestSupport
import Testing

/// Signatures of commits: made here and checked by git, made by git and checked here.
@Suite struct SigningTests {
    let folder: TemporaryFolder
    let remote: GitRepository
    let mirror: Mirror

    init() throws {
        folder = try TemporaryFolder()
        let source = try GitRepository()
        try source.commit(["services/shop.yaml": "kind: Service\n"])
        remote = try source.bareCopy(in: folder)
        mirror = try makeMirror(remote.path, in: folder)
        try remote.git("config", "gpg.format", "ssh")
        try remote.git("config", "gpg.ssh.allowedSignersFile", folder.path("allowed"))
    }

    /// Makes a key as people do.
    private func makeKey(_ name: String, _ words: String...) throws -> SigningKey {
        try Program.run("ssh-keygen", ["-q", "-N", "", "-C", name, "-f", folder.path(name)] + words)
        return try SigningKey(bytes(name), named: name)
    }

    private func bytes(_ name: String) -> [UInt8] { Array((folder.text(of: name) ?? "").utf8) }

    /// Has git believe these keys.
    private func allow(_ names: String...) throws {
        let lines = names.map { "elafros@localhost \(folder.text(of: "\($0).pub") ?? "")" }
        try folder.write(lines.joined(), to: "allowed")
    }

    private func publish(_ content: String, _ signing: CommitSigning, onto parent: ObjectID? = nil) async throws
        -> ObjectID
    {
        let published = try await mirror.publish(
            branch: "status",
            parent: parent,
            changes: [FileChange(path: "a", content: Array(content.utf8))],
            message: "Report\n\nElafros-State: x\n",
            author: .elafros,
            signing: signing
        )
        guard case .pushed(let id, _) = published else { throw Program.Failure(description: "\(published)") }
        return id
    }

    @Test(arguments: [["-t", "ed25519"], ["-t", "ecdsa", "-b", "256"]])
    func `git verifies what we sign, and we what git signs`(type: [String]) async throws {
        try Program.run("ssh-keygen", ["-q", "-N", "", "-f", folder.path("key")] + type)
        let key = try SigningKey(bytes("key"), named: "key")
        let shown = try Program.run("ssh-keygen", ["-lf", folder.path("key.pub")]).split(separator: " ")[1]
        #expect(key.publicKey.fingerprint == shown)
        try allow("key")
        // Often enough that a number begins with a zero, or would seem negative.
        var tip: ObjectID?
        for number in 0..<40 { tip = try await publish("\(number)", CommitSigning(key: key), onto: tip) }

        for commit in try remote.git("rev-list", "status").split(separator: "\n").map(String.init) {
            #expect(throws: Never.self) { try remote.git("verify-commit", commit) }
            #expect(try await mirror.signature(of: id(commit)) == .valid(key.publicKey))
        }
        #expect(try remote.git("fsck", "--strict", "--no-dangling") == "")

        let last = try #require(tip)
        let theirs = try remote.git(
            "commit-tree",
            "-S\(folder.path("key"))",
            "\(last)^{tree}",
            "-m",
            "Theirs",
            "-p",
            last.hex
        )
        try remote.git("update-ref", "refs/heads/status", theirs)
        _ = try await mirror.fetchBranch("status")
        #expect(try await mirror.signature(of: id(theirs)) == .valid(key.publicKey))
    }

    @Test func `a commit that was changed after it was signed, or is not signed, is told from one that is`()
        async throws
    {
        let key = try makeKey("key", "-t", "ed25519")
        let signed = try await publish("1", CommitSigning(key: key))
        let text = try remote.git("cat-file", "commit", signed.hex) + "\n"
        let forged = try remote.git(
            "hash-object",
            "-w",
            "-t",
            "commit",
            "--stdin",
            input: Data(text.replacing("Elafros-State: x", with: "Elafros-State: y").utf8)
        )
        let bare = try remote.git("commit-tree", "\(signed)^{tree}", "-m", "Bare")
        for (commit, branch) in [(forged, "forged"), (bare, "bare")] {
            try remote.git("update-ref", "refs/heads/\(branch)", commit)
            _ = try await mirror.fetchBranch(branch)
        }
        let signing = CommitSigning(key: key)

        #expect(signing.objection(to: try await mirror.signature(of: signed)) == nil)
        #expect(signing.objection(to: try await mirror.signature(of: id(bare))) == "is not signed")
        #expect(
            signing.objection(to: try await mirror.signature(of: id(forged)))
                == "has a signature that does not count: the commit was changed after \(key.publicKey) signed it"
        )
        let other = try makeKey("other", "-t", "ed25519")
        #expect(
            CommitSigning(key: other).objection(to: try await mirror.signature(of: signed))
                == "is signed by another key: \(key.publicKey), not \(other.publicKey)"
        )
        #expect(
            CommitSigning().objection(to: .valid(key.publicKey))
                == "is signed by \(key.publicKey), and nothing says whose key that may be"
        )
    }

    @Test func `a signature for something else than git counts for nothing`() async throws {
        let key = try makeKey("key", "-t", "ed25519")
        let signed = try await publish("1", CommitSigning(key: key))
        let text = try remote.git("cat-file", "commit", signed.hex) + "\n"
        let bare = text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("gpgsig ") && !$0.hasPrefix(" ") }.joined(separator: "\n")
        try folder.write(bare, to: "payload")
        try Program.run(
            "ssh-keygen",
            ["-q", "-Y", "sign", "-n", "file", "-f", folder.path("key"), folder.path("payload")]
        )
        let armored = (folder.text(of: "payload.sig") ?? "").split(separator: "\n").joined(separator: "\n ")
        let commit = bare.replacing("\n\nReport", with: "\ngpgsig \(armored)\n\nReport")
        let id = try remote.git("hash-object", "-w", "-t", "commit", "--stdin", input: Data(commit.utf8))
        try remote.git("update-ref", "refs/heads/file", id)
        _ = try await mirror.fetchBranch("file")

        #expect(
            try await mirror.signature(of: GitTests.id(id)) == .worthless("it was made for \"file\", not for git")
        )
    }

    @Test func `a branch that shows what is wanted, and nobody signed, is signed by one commit more`() async throws {
        let signing = CommitSigning(key: try makeKey("key", "-t", "ed25519"))
        let first = try await publish("1", CommitSigning())
        let second = try await publish("1", signing, onto: first)
        #expect(try remote.git("rev-parse", "\(second)^{tree}") == remote.git("rev-parse", "\(first)^{tree}"))
        let again = try await mirror.publish(
            branch: "status",
            parent: second,
            changes: [FileChange(path: "a", content: Array("1".utf8))],
            message: "Report",
            author: .elafros,
            signing: signing
        )
        #expect(again == .unchanged(second))
    }

    @Test func `notes and shortened histories are signed as well`() async throws {
        let key = try makeKey("key", "-t", "ed25519")
        try allow("key")
        let commit = try id(try remote.id(of: "main"))
        let noted = try await mirror.annotate(commit, in: "elafros", message: "Note", author: .elafros, signedBy: key) {
            _ in
            Array("one\n".utf8)
        }
        guard case .written(let notes, _) = noted else { return #expect(Bool(false), "\(noted)") }
        #expect(throws: Never.self) { try remote.git("verify-commit", notes.hex) }
        var tip: ObjectID?
        for number in 0..<5 { tip = try await publish("\(number)", CommitSigning(key: key), onto: tip) }
        let shortened = try await mirror.shorten(branch: "status", at: #require(tip), to: 2, signedBy: key) { _ in true
        }
        guard case .shortened = shortened else { return #expect(Bool(false), "\(shortened)") }
        for name in ["status", "status~1"] {
            #expect(throws: Never.self) { try remote.git("verify-commit", name) }
        }
    }

    @Test func `keys that are not taken are refused with what to do`() throws {
        func refusal(_ name: String) throws -> String {
            let error = #expect(throws: GitError.self) { try SigningKey(bytes(name), named: name) }
            return error?.description ?? ""
        }
        try Program.run("ssh-keygen", ["-q", "-t", "rsa", "-N", "", "-f", folder.path("rsa")])
        #expect(try refusal("rsa").contains("keys of type ssh-rsa are not taken; make one with ssh-keygen -t ed25519"))
        try Program.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", folder.path("locked")])
        #expect(try refusal("locked").contains("it is encrypted with a passphrase"))
        #expect(try refusal("locked.pub").contains("name the file without .pub"))
        try folder.write("hello", to: "text")
        #expect(try refusal("text").contains("no private key of OpenSSH"))
        let key = try makeKey("key", "-t", "ed25519")
        let whole = folder.text(of: "key") ?? ""
        for lines in 2..<6 {
            let cut = whole.split(separator: "\n").prefix(lines).joined(separator: "\n")
            try folder.write(cut, to: "cut")
            #expect(try refusal("cut").contains("cut off or damaged"))
        }
        #expect("\(key)" == key.publicKey.fingerprint)
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("ed25519("))
    }

    @Test func `allowed signers are read as git reads them, and nothing is believed that is not understood`() throws {
        let keys = [try makeKey("one", "-t", "ed25519"), try makeKey("two", "-t", "ecdsa", "-b", "256")]
        let lines = ["one.pub", "two.pub"].map { folder.text(of: $0) ?? "" }
        #expect(try AllowedSigners(Array(lines[0].utf8), named: "one.pub").keys == [keys[0].publicKey])
        let file = "# ours\n\nada@example.com \(lines[0])\nbob,eve namespaces=\"git\" \(lines[1])"
        #expect(try AllowedSigners(Array(file.utf8), named: "allowed").keys == Set(keys.map(\.publicKey)))
        for (text, message) in [
            ("", "allowed holds no key"), ("ada@example.com\n", "allowed:1: no key"),
            (
                "\nada valid-before=\"20200101\" \(lines[0])",
                "allowed:2: the option valid-before=\"20200101\" is not understood"
            ),
            ("ada ssh-ed25519 AAAA", "allowed:1: the key is cut off or damaged"),
        ] {
            let error = #expect(throws: GitError.self) { try AllowedSigners(Array(text.utf8), named: "allowed") }
            #expect(error?.reason.contains(message) == true, "\(error as Any)")
        }
    }
}
