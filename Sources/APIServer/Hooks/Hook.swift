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
    /// Never ``HookVerdict/repeated``: what came before is not known here. Until it is believed, a delivery takes time by
    /// what it consists of, whatever the provider and the secret, and does not tell how much of a signature is right.
    public func verdict(on delivery: HookDelivery) -> HookVerdict {
        // Computed in any case, also where a header says at once that it is in vain.
        let codes = Codes(delivery, key)
        if let refusal = refusal(of: delivery.headers, codes) { return .refused(refusal) }
        return HookPayload(delivery).verdict(of: provider)
    }

    private func refusal(of headers: HTTPFields, _ codes: Codes) -> HookVerdict.Refusal? {
        switch provider {
        case .github:
            guard let signature = headers[.hubSignature256] else {
                return headers.contains(.hubSignatureSHA1) ? .sha1Only : .signatureMissing
            }
            return codes.match(signature) ? nil : .signatureWrong
        case .gitea:
            // Of those that are there, one decides: a wrong one is not made good by another.
            let bare = headers[.forgejoSignature] ?? headers[.giteaSignature]
            guard let signature = bare.map({ Codes.sha256 + $0 }) ?? headers[.hubSignature256] else {
                return .signatureMissing
            }
            return codes.match(signature) ? nil : .signatureWrong
        case .generic:
            guard let signature = headers[.genericSignature] else { return .signatureMissing }
            if signature.hasPrefix("sha1=") { return .sha1Only }
            return codes.match(signature) ? nil : .signatureWrong
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

/// What the signatures of one delivery are to be.
private struct Codes {
    static let sha256 = "sha256="
    private static let sha512 = "sha512="

    private let short: HMAC<SHA256>.MAC
    /// Only where the sender says that it has this one, whatever the hook's provider is.
    private let long: HMAC<SHA512>.MAC?

    init(_ delivery: HookDelivery, _ key: SymmetricKey) {
        short = HMAC<SHA256>.authenticationCode(for: delivery.body, using: key)
        let isLong = delivery.headers[.genericSignature]?.hasPrefix(Self.sha512) ?? false
        long = isLong ? HMAC<SHA512>.authenticationCode(for: delivery.body, using: key) : nil
    }

    /// Whether a signature, `sha256=…` in hex, is the one. The library's comparison takes the same time wherever the two
    /// differ.
    func match(_ signature: String) -> Bool {
        if let digest = Self.bytes(of: signature, after: Self.sha256) { return short == digest }
        guard let long, let digest = Self.bytes(of: signature, after: Self.sha512) else { return false }
        return long == digest
    }

    /// The bytes behind a prefix, in hexadecimal digits of any letter case; nil for anything else.
    private static func bytes(of text: String, after prefix: String) -> [UInt8]? {
        guard text.hasPrefix(prefix) else { return nil }
        let digits = text.utf8.dropFirst(prefix.utf8.count)
        let values = digits.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard values.count == digits.count, values.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }
}
