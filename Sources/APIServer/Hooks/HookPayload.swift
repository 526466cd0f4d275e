internal import HTTPTypes
internal import YAML

/// What a delivery whose signature is right says. Only hints are taken from it, and whatever cannot be read is none.
struct HookPayload {
    private let headers: HTTPFields
    /// The body as JSON; nil where it is none.
    private let value: Value?

    init(_ delivery: HookDelivery) {
        headers = delivery.headers
        let isForm =
            delivery.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false
        let json = isForm ? Self.field("payload", inForm: delivery.body) : delivery.body
        // A body that cannot be read is a push without further words: the signature says that the forge has sent it.
        value = json.flatMap { try? Value(json: $0) }
    }

    func verdict(of provider: HookProvider) -> HookVerdict {
        switch provider {
        case .github: verdict(of: headers[.githubEvent], pushes: ["push"], pings: ["ping"])
        case .gitea: verdict(of: headers[.forgejoEvent] ?? headers[.giteaEvent], pushes: ["push"], pings: ["ping"])
        case .gitlab: gitlabVerdict
        case .generic: push
        }
    }

    private var gitlabVerdict: HookVerdict {
        // A hook of the whole instance names the event in the body alone.
        if headers[.gitlabEvent] == "System Hook" {
            return verdict(of: value?["event_name"]?.string, pushes: ["push", "tag_push", "repository_update"])
        }
        return verdict(of: headers[.gitlabEvent], pushes: ["Push Hook", "Tag Push Hook"])
    }

    private func verdict(of event: String?, pushes: Set<String>, pings: Set<String> = []) -> HookVerdict {
        guard let event, !pushes.contains(event) else { return push }
        return pings.contains(event) ? .ping : .ignored(event: Self.printable(event, atMost: 64) ?? "other")
    }

    private var push: HookVerdict {
        let reference = value?["ref"]?.string.flatMap { Self.printable($0, atMost: 1_024) }
        return .push(reference: reference, commit: value?["after"]?.string.flatMap(Self.commit))
    }

    /// A commit in hex; a deleted branch stands at one of zeros alone.
    private static func commit(_ text: String) -> String? {
        guard [40, 64].contains(text.utf8.count) else { return nil }
        let isHex = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        return isHex && text.utf8.contains { $0 != 0x30 } ? text : nil
    }

    /// The text, where it is short and can be written into a line of a log.
    private static func printable(_ text: String, atMost limit: Int) -> String? {
        guard (1...limit).contains(text.utf8.count) else { return nil }
        // U+2028 and the like break lines for some readers, and U+202E turns them round.
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
            default: true
            }
        }
        return isPlain ? text : nil
    }

    /// The first field of that name in `application/x-www-form-urlencoded`, decoded; nil where there is none.
    private static func field(_ name: String, inForm body: [UInt8]) -> [UInt8]? {
        for pair in body.split(separator: UInt8(ascii: "&")) where pair.starts(with: "\(name)=".utf8) {
            return PercentEncoding.decoded(pair.dropFirst(name.utf8.count + 1), plusIsSpace: true)
        }
        return nil
    }
}
