import APIServer
import Crypto
import HTTPTypes
import Testing

@Suite struct HookTests {
    // MARK: - Signatures

    /// The example of GitHub's documentation.
    @Test func `GitHub's own example is believed`() throws {
        let hook = try hook(.github, "It's a Secret to Everybody")
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        let delivery = delivery("Hello, World!", ["X-Hub-Signature-256": signature])
        #expect(hook.verdict(on: delivery) == .push(reference: nil, commit: nil))
    }

    /// The second test case of RFC 4231.
    @Test(arguments: [
        (HookProvider.github, "X-Hub-Signature-256", "sha256="), (.gitea, "X-Gitea-Signature", ""),
        (.gitea, "X-Forgejo-Signature", ""), (.gitea, "X-Hub-Signature-256", "sha256="),
        (.generic, "X-Signature", "sha256="),
    ])
    func `the RFC's example is believed in each provider's form`(
        provider: HookProvider,
        header: String,
        prefix: String
    ) throws {
        let hook = try hook(provider, "Jefe")
        let digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        let body = "what do ya want for nothing?"
        for right in [digest, digest.uppercased()] {
            #expect(hook.verdict(on: delivery(body, [header: prefix + right])) == .push(reference: nil, commit: nil))
        }
        let wrong = [
            prefix + digest.dropLast(), prefix + digest + "0", prefix, "sha512=" + digest, "sha384=" + digest,
            digest + "=",
            prefix + String(repeating: "0", count: 64), prefix + digest.dropLast() + "g",
            prefix + digest + ", " + digest,
            prefix + digest.dropLast(2) + "é", String(repeating: "f", count: 100_000),
        ]
        for signature in wrong {
            #expect(hook.verdict(on: delivery(body, [header: signature])) == .refused(.signatureWrong), "\(signature)")
        }
        #expect(hook.verdict(on: delivery(body + " ", [header: prefix + digest])) == .refused(.signatureWrong))
        #expect(hook.verdict(on: delivery(body, [:])) == .refused(.signatureMissing))
    }

    @Test func `a signature with another secret is refused`() throws {
        let signed = signed(#"{"ref":"refs/heads/main"}"#, secret: "theirs")
        #expect(try hook(.github, "ours").verdict(on: signed) == .refused(.signatureWrong))
    }

    @Test func `the old signature of GitHub alone is refused by its name`() throws {
        let delivery = delivery("Hello, World!", ["X-Hub-Signature": "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59"])
        #expect(try hook(.github, "It's a Secret to Everybody").verdict(on: delivery) == .refused(.sha1Only))
    }

    /// The second test case of RFC 4231, and that of RFC 2202.
    @Test func `a generic hook may be signed with SHA-512, and not with SHA-1`() throws {
        let hook = try hook(.generic, "Jefe")
        let body = "what do ya want for nothing?"
        let long =
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b"
            + "636e070a38bce737"
        let push = HookVerdict.push(reference: nil, commit: nil)
        #expect(hook.verdict(on: delivery(body, ["X-Signature": "sha512=" + long])) == push)
        let wrong = "sha512=" + long.dropLast() + "8"
        #expect(hook.verdict(on: delivery(body, ["X-Signature": wrong])) == .refused(.signatureWrong))
        #expect(hook.verdict(on: delivery(body, ["X-Signature": "sha256=" + long])) == .refused(.signatureWrong))
        let short = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        #expect(hook.verdict(on: delivery(body, ["X-Signature": short])) == .refused(.sha1Only))
    }

    @Test func `a wrong signature is not made good by a right one in another header`() throws {
        let digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        let delivery = delivery(
            "what do ya want for nothing?",
            ["X-Forgejo-Signature": String(repeating: "0", count: 64), "X-Gitea-Signature": digest]
        )
        #expect(try hook(.gitea, "Jefe").verdict(on: delivery) == .refused(.signatureWrong))
    }

    @Test func `two signatures are none`() throws {
        let delivery = signed("{}", secret: "ours")
        var headers = delivery.headers
        let name = try #require(HTTPField.Name("X-Hub-Signature-256"))
        headers.append(HTTPField(name: name, value: "sha256=" + String(repeating: "0", count: 64)))
        let twice = HookDelivery(headers: headers, body: delivery.body)
        #expect(try hook(.github, "ours").verdict(on: twice) == .refused(.signatureWrong))
    }

    @Test func `GitLab's token is the secret and nothing near it`() throws {
        let hook = try hook(.gitlab, "token")
        let push = HookVerdict.push(reference: nil, commit: nil)
        #expect(hook.verdict(on: delivery("", ["X-Gitlab-Token": "token"])) == push)
        for wrong in ["", "toke", "token1", "Token", "token, token"] {
            #expect(hook.verdict(on: delivery("", ["X-Gitlab-Token": wrong])) == .refused(.signatureWrong), "\(wrong)")
        }
        #expect(hook.verdict(on: delivery("", [:])) == .refused(.signatureMissing))
    }

    @Test(arguments: [HookProvider.gitlab, .gitea, .generic])
    func `another provider's right signature is none`(provider: HookProvider) throws {
        let signed = signed("{}", secret: "ours", as: provider == .gitea ? "X-Signature" : "X-Hub-Signature-256")
        #expect(try hook(provider, "ours").verdict(on: signed) == .refused(.signatureMissing))
    }

    @Test func `there is no hook with an empty secret`() {
        #expect(Hook(provider: .github, secret: []) == nil)
    }

    @Test func `nothing that is printed of a hook shows its secret`() throws {
        let hook = try hook(.gitlab, "hush-hush")
        var dumped = ""
        dump(hook, to: &dumped)
        for text in ["\(hook)", String(reflecting: hook), dumped, "\([hook])"] {
            #expect(!text.contains("hush") && text.contains("gitlab"))
        }
    }

    // MARK: - What it says

    static let main = "1111111111111111111111111111111111111111"

    @Test(arguments: [
        (HookProvider.github, ["X-GitHub-Event": "push"]), (.gitea, ["X-Gitea-Event": "push"]),
        (.gitea, ["X-Forgejo-Event": "push", "X-Gitea-Event": "other"]), (.gitlab, ["X-Gitlab-Event": "Push Hook"]),
        (.gitlab, ["X-Gitlab-Event": "Tag Push Hook"]), (.generic, [:]), (.github, [:]),
    ])
    func `a push says what moved and where it stands`(provider: HookProvider, headers: [String: String]) throws {
        let body = #"{"ref": "refs/heads/main", "after": "\#(Self.main)", "more": {"x": [1, 2.5, null]}}"#
        let delivery = signed(body, secret: "ours", for: provider, adding: headers)
        let verdict = try hook(provider, "ours").verdict(on: delivery)
        #expect(verdict == .push(reference: "refs/heads/main", commit: Self.main))
    }

    @Test(arguments: [
        (HookProvider.github, ["X-GitHub-Event": "ping"], HookVerdict.ping),
        (.gitea, ["X-Gitea-Event": "ping"], .ping),
        (.github, ["X-GitHub-Event": "issues"], .ignored(event: "issues")),
        (.gitea, ["X-Gitea-Event": "create"], .ignored(event: "create")),
        (.gitlab, ["X-Gitlab-Event": "Note Hook"], .ignored(event: "Note Hook")),
        (.github, ["X-GitHub-Event": String(repeating: "x", count: 65)], .ignored(event: "other")),
        (.github, ["X-GitHub-Event": "Push"], .ignored(event: "Push")),
    ])
    func `what is no push is told apart`(provider: HookProvider, headers: [String: String], verdict: HookVerdict) throws
    {
        let delivery = signed(#"{"ref": "refs/heads/main"}"#, secret: "ours", for: provider, adding: headers)
        #expect(try hook(provider, "ours").verdict(on: delivery) == verdict)
    }

    @Test(arguments: [
        (
            #"{"event_name": "push", "ref": "refs/heads/main"}"#,
            HookVerdict.push(reference: "refs/heads/main", commit: nil)
        ),
        (#"{"event_name": "project_create"}"#, .ignored(event: "project_create")),
        (#"{"event_name": "a\u0000b"}"#, .ignored(event: "other")), ("not JSON", .push(reference: nil, commit: nil)),
    ])
    func `a hook of a whole GitLab names its event in the body`(body: String, verdict: HookVerdict) throws {
        let delivery = signed(body, secret: "ours", for: .gitlab, adding: ["X-Gitlab-Event": "System Hook"])
        #expect(try hook(.gitlab, "ours").verdict(on: delivery) == verdict)
    }

    @Test func `a deleted branch has no commit`() throws {
        let body = #"{"ref": "refs/heads/old", "after": "\#(String(repeating: "0", count: 40))", "deleted": true}"#
        let verdict = try hook(.github, "ours").verdict(on: signed(body, secret: "ours"))
        #expect(verdict == .push(reference: "refs/heads/old", commit: nil))
    }

    @Test func `a form is read as what it holds`() throws {
        let form = "x=%7B%7D&payload=%7B%22ref%22%3A+%22refs%2Fheads%2Fl%C3%B6we%22%7D&y"
        let type = ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "X-GitHub-Event": "push"]
        let verdict = try hook(.github, "ours").verdict(on: signed(form, secret: "ours", for: .github, adding: type))
        #expect(verdict == .push(reference: "refs/heads/löwe", commit: nil))
    }

    @Test(arguments: [
        "payload=%7", "payload=%zz", "payload=", "payload", "", "payload=%FF%FE", "&&&=&=&",
        "payload=%7B%22ref%22%3A1%7D",
    ])
    func `a form that cannot be read is a push without words`(form: String) throws {
        let type = ["Content-Type": "application/x-www-form-urlencoded"]
        let verdict = try hook(.github, "ours").verdict(on: signed(form, secret: "ours", for: .github, adding: type))
        #expect(verdict == .push(reference: nil, commit: nil))
    }

    @Test(arguments: [
        "", "null", "[]", "{", #"{"ref": 1, "after": {}}"#, #"{"ref": "", "after": ""}"#,
        #"{"ref": "a\nb", "after": "1"}"#,
        #"{"ref": "a\u202eb"}"#, #"{"ref": "a\u2028b"}"#, #"{"ref": "\ud800"}"#, #"{"ref": "a", "ref": "b"}"#,
        #"{"ref": "\#(String(repeating: "x", count: 1_025))"}"#, #"{"after": "\#(String(repeating: "g", count: 40))"}"#,
        #"{"after": "\#(String(repeating: "é", count: 20))"}"#, #"{"number": 1e999, "ref": "refs/heads/main"}"#,
        "\u{feff}",
    ])
    func `a body that cannot be read is a push without words`(body: String) throws {
        let verdict = try hook(.github, "ours").verdict(on: signed(body, secret: "ours"))
        #expect(verdict == .push(reference: nil, commit: nil))
    }

    /// By what is repeated, since a test's arguments are printed.
    @Test(arguments: [("[", 500_000), (#"{"ref":"#, 100_000)])
    func `a body of brackets without end is a push without words`(part: String, count: Int) throws {
        let body = String(repeating: part, count: count)
        let verdict = try hook(.github, "ours").verdict(on: signed(body, secret: "ours"))
        #expect(verdict == .push(reference: nil, commit: nil))
    }

    @Test func `bytes that are no text are a push without words`() throws {
        var random = SeededGenerator(seed: 7)
        let hook = try hook(.github, "ours")
        for length in 0..<300 {
            let body = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let verdict = hook.verdict(
                on: signed(body, secret: "ours", header: "X-Hub-Signature-256", prefix: "sha256=")
            )
            #expect(verdict == .push(reference: nil, commit: nil))
        }
    }

    @Test func `each refusal says what to do, and each verdict has its word`() {
        #expect("\(HookVerdict.Refusal.sha1Only)".contains("SHA-256"))
        let verdicts: [HookVerdict] = [
            .push(reference: nil, commit: nil), .ping, .ignored(event: "x"), .repeated, .refused(.signatureWrong),
        ]
        #expect(verdicts.map(\.word) == ["push", "ping", "ignored", "repeated", "refused"])
    }

    private func hook(_ provider: HookProvider, _ secret: String) throws -> Hook {
        try #require(Hook(provider: provider, secret: Array(secret.utf8)))
    }
}

@Suite struct HookProviderTests {
    @Test func `a provider is named in any letter case, and Forgejo is Gitea`() {
        #expect(HookProvider(word: "GitHub") == .github)
        #expect(HookProvider(word: "forgejo") == .gitea)
        #expect(HookProvider(word: "bitbucket") == nil)
    }

    @Test(
        arguments: [
            (HookProvider.github, ["X-GitHub-Delivery": "a"], "a"), (.gitea, ["X-Gitea-Delivery": "a"], "a"),
            (.gitea, ["X-Gitea-Delivery": "a", "X-Forgejo-Delivery": "b"], "b"),
            (.gitlab, ["X-Gitlab-Event-UUID": "a"], "a"),
            (.gitlab, ["X-Gitlab-Event-UUID": "a", "Idempotency-Key": "b"], "b"),
            (.generic, ["X-GitHub-Delivery": "a"], nil),
            (.github, [:], nil), (.github, ["X-GitHub-Delivery": ""], nil),
            (.github, ["X-GitHub-Delivery": String(repeating: "a", count: 129)], nil),
        ] as [(HookProvider, [String: String], String?)]
    )
    func `a delivery is known again by the header of its provider`(
        provider: HookProvider,
        headers: [String: String],
        id: String?
    ) {
        #expect(provider.deliveryID(in: delivery("", headers).headers) == id)
    }
}

@Suite struct DeliveryMemoryTests {
    @Test func `what was taken is known again until others have pushed it out`() {
        var memory = DeliveryMemory(capacity: 3)
        func taken(_ ids: String...) -> [Bool] { ids.map { memory.insert($0) } }
        #expect(taken("a", "b", "c") == [true, true, true])
        #expect(taken("a", "b", "c") == [false, false, false])
        // "d" pushes out "a", which then pushes out "b", and so on.
        #expect(taken("d", "c", "d") == [true, false, false])
        #expect(taken("a", "c", "d", "a") == [true, false, false, false])
        #expect(taken("b", "d", "a", "b", "c") == [true, false, false, false, true])
    }
}

// MARK: - Deliveries

func delivery(_ body: String, _ headers: [String: String]) -> HookDelivery {
    HookDelivery(headers: fields(headers), body: Array(body.utf8))
}

func fields(_ headers: [String: String]) -> HTTPFields {
    var fields = HTTPFields()
    for (name, value) in headers {
        guard let name = HTTPField.Name(name) else { continue }
        fields[name] = value
    }
    return fields
}

/// A delivery signed as GitHub does, or under another name.
func signed(_ body: String, secret: String, as header: String = "X-Hub-Signature-256") -> HookDelivery {
    signed(Array(body.utf8), secret: secret, header: header, prefix: "sha256=")
}

/// A delivery signed as a provider does.
func signed(
    _ body: String,
    secret: String,
    for provider: HookProvider,
    adding headers: [String: String]
) -> HookDelivery {
    let bytes = Array(body.utf8)
    let signed: HookDelivery
    switch provider {
    case .github:
        signed = APIServerTests.signed(bytes, secret: secret, header: "X-Hub-Signature-256", prefix: "sha256=")
    case .gitea: signed = APIServerTests.signed(bytes, secret: secret, header: "X-Gitea-Signature", prefix: "")
    case .generic: signed = APIServerTests.signed(bytes, secret: secret, header: "X-Signature", prefix: "sha256=")
    case .gitlab: signed = HookDelivery(headers: fields(["X-Gitlab-Token": secret]), body: bytes)
    }
    return HookDelivery(headers: signed.headers + fields(headers), body: bytes)
}

func signed(_ body: [UInt8], secret: String, header: String, prefix: String) -> HookDelivery {
    let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.utf8)))
    let hex = code.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
    return HookDelivery(headers: fields([header: prefix + hex.joined()]), body: body)
}

/// SplitMix64: the same draws for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
