internal import Crypto
internal import HTTPTypes

/// Who may send hints to one Sync: a provider and the secret that it shares with us.
public struct Hook: Sendable {
    /// Whose deliveries these are.
    public let provider: HookProvider
    private let key: SymmetricKey

    /// A hook, or nil for an empty secret: anybody can sign with that one.
    ///
    /// - Parameter secret: the bytes as they were entered at the forge; the line end of a file is none of them.
    public init?(provider: HookProvider, secret: [UInt8]) {
        guard !secret.isEmpty else { return nil }
        self.provider = provider
        key = SymmetricKey(data: secret)
    }

    /// A hook that nobody knows the secret of.
    ///
    /// Deliveries for names that do not exist are checked against it, so that neither the answer nor the work tells which
    /// names do.
    static func unknown() -> Hook { Hook(provider: .github, key: SymmetricKey(size: .bits256)) }

    private init(provider: HookProvider, key: SymmetricKey) {
        self.provider = provider
        self.key = key
    }
}

extension Hook: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The provider alone.
    public var description: String { "hook for \(provider.rawValue)" }
    /// The provider alone: what is logged or dumped never shows the secret.
    public var debugDescription: String { description }
    /// The provider alone.
    public var customMirror: Mirror { Mirror(self, children: ["provider": provider.rawValue]) }
}

extension Hook {
    /// What a delivery comes to. Checks the signature over the body as it came before it reads any of it.
    ///
    /// Never ``HookVerdict/repeated``: what came before is not known here. Takes time by the size of the body, whatever the
    /// provider and the headers, and does not tell by it how much of a signature is right.
    public func verdict(on delivery: HookDelivery) -> HookVerdict {
        // Computed in any case, also where a header says at once that it is in vain.
        let expected = HMAC<SHA256>.authenticationCode(for: delivery.body, using: key)
        if let refusal = refusal(of: delivery, expected: expected) { return .refused(refusal) }
        return HookPayload(delivery).verdict(of: provider)
    }

    private func refusal(of delivery: HookDelivery, expected: HMAC<SHA256>.MAC) -> HookVerdict.Refusal? {
        let headers = delivery.headers
        func check(_ signature: String?, _ prefix: String) -> HookVerdict.Refusal? {
            guard let signature else { return .signatureMissing }
            guard let digest = SHA256Hex.bytes(of: signature, after: prefix) else { return .signatureWrong }
            // The code's own comparison takes the same time wherever the two differ.
            return expected == digest ? nil : .signatureWrong
        }
        switch provider {
        case .github:
            let refusal = check(headers[.hubSignature256], "sha256=")
            return refusal == .signatureMissing && headers.contains(.hubSignatureSHA1) ? .sha1Only : refusal
        case .gitea:
            // Of those that are there, one decides: a wrong one is not made good by another.
            if let bare = headers[.forgejoSignature] ?? headers[.giteaSignature] { return check(bare, "") }
            return check(headers[.hubSignature256], "sha256=")
        case .generic: return check(headers[.genericSignature], "sha256=")
        case .gitlab:
            guard let token = headers[.gitlabToken] else { return .signatureMissing }
            return isSecret(token) ? nil : .signatureWrong
        }
    }

    /// Whether that is the secret; what is compared are codes of equal length, so that not even its length shows.
    private func isSecret(_ token: String) -> Bool {
        let once = SymmetricKey(size: .bits256)
        let ours = key.withUnsafeBytes { HMAC<SHA256>.authenticationCode(for: $0, using: once) }
        return HMAC<SHA256>.isValidAuthenticationCode(ours, authenticating: Array(token.utf8), using: once)
    }
}

/// A SHA-256 digest as headers spell it.
private enum SHA256Hex {
    /// The 32 bytes behind a prefix, in any letter case; nil for anything else.
    static func bytes(of text: String, after prefix: String) -> [UInt8]? {
        guard text.hasPrefix(prefix) else { return nil }
        let digits = text.utf8.dropFirst(prefix.utf8.count).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 64, text.utf8.count == prefix.utf8.count + 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
