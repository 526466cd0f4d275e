public import HTTPTypes

/// Whose deliveries a hook takes: each signs, names and numbers them in its own way.
public enum HookProvider: String, CaseIterable, Hashable, Sendable {
    /// GitHub, and what speaks like it.
    case github
    /// GitLab, which sends the secret itself.
    case gitlab
    /// Gitea, and Forgejo, which came from it.
    case gitea
    /// Anything that can compute an HMAC: `X-Signature: sha256=…`, as Flux's `generic-hmac` takes it.
    case generic

    /// The provider that a person names, in any letter case; `forgejo` means Gitea.
    public init?(word: String) {
        let word = word.lowercased()
        self.init(rawValue: word == "forgejo" ? Self.gitea.rawValue : word)
    }
}

extension HookProvider {
    /// What is the same in a delivery that is sent again; nil where it names nothing, or something too long to remember.
    ///
    /// No signature covers it. It keeps a forge's retries from doing work twice, not an attacker who has seen a delivery;
    /// that one can cause a poll, and nothing else.
    public func deliveryID(in headers: HTTPFields) -> String? {
        let id: String? =
            switch self {
            case .github: headers[.githubDelivery]
            // A hook that was caused by another hook has the other one's event id, so that the key of a retry comes first.
            case .gitlab: headers[.idempotencyKey] ?? headers[.gitlabEventID]
            case .gitea: headers[.forgejoDelivery] ?? headers[.giteaDelivery]
            case .generic: nil
            }
        guard let id, (1...Self.maxIDBytes).contains(id.utf8.count) else { return nil }
        return id
    }

    /// All of them send UUIDs, which have 36.
    private static let maxIDBytes = 128
}

extension HTTPField.Name {
    static let githubEvent = Self.known("X-GitHub-Event")
    static let githubDelivery = Self.known("X-GitHub-Delivery")
    static let hubSignature256 = Self.known("X-Hub-Signature-256")
    static let hubSignatureSHA1 = Self.known("X-Hub-Signature")
    static let gitlabEvent = Self.known("X-Gitlab-Event")
    static let gitlabEventID = Self.known("X-Gitlab-Event-UUID")
    static let gitlabToken = Self.known("X-Gitlab-Token")
    static let idempotencyKey = Self.known("Idempotency-Key")
    static let giteaEvent = Self.known("X-Gitea-Event")
    static let giteaDelivery = Self.known("X-Gitea-Delivery")
    static let giteaSignature = Self.known("X-Gitea-Signature")
    static let forgejoEvent = Self.known("X-Forgejo-Event")
    static let forgejoDelivery = Self.known("X-Forgejo-Delivery")
    static let forgejoSignature = Self.known("X-Forgejo-Signature")
    static let genericSignature = Self.known("X-Signature")

    private static func known(_ name: String) -> Self {
        guard let name = Self(name) else { preconditionFailure("\(name) is no name of a header field") }
        return name
    }
}
