internal import Resources

/// Where each part of a report stands, from the root of the folder or branch.
///
/// Names come from manifests that anybody may have written, so whatever could lead out of the folder, hide a file or
/// stand for another one is percent-encoded. What is written depends on names alone: the same object always has the
/// same path.
enum ReportPath {
    /// What a person reads first.
    static let readme = "README.md"
    /// Which state this is, and what belongs to no object: what a rebuild reads first.
    static let state = "state.yaml"
    /// What README.md counts, page by page.
    static let summary = "summary.yaml"
    /// The folder of manifest files none of whose documents is applied. No namespace can be called that: its
    /// underscore would be encoded.
    static let manifests = "_manifests"
    /// What the name of a page begins with.
    private static let pagePrefix = "page-"

    /// The file of an object from git, with its children.
    static func object(_ key: Key) -> String {
        "\(namespace(key.namespace))/\(key.kind.name.lowercased())/\(part(key.name)).yaml"
    }

    /// The file of a manifest file that has no applied object to stand with.
    static func manifest(sync: String, path: String) -> String {
        let parts = path.split(separator: "/").map { part($0) }.joined(separator: "/")
        return "\(manifests)/\(part(sync))/\(parts).yaml"
    }

    /// The first page of a namespace.
    static func namespaceReadme(_ namespace: String) -> String { "\(self.namespace(namespace))/\(readme)" }

    /// A further page of a namespace, by the first name on it.
    static func page(_ namespace: String, first: String) -> String {
        "\(self.namespace(namespace))/\(pagePrefix)\(part(first)).md"
    }

    /// Whether a path has the shape of one that this type makes: only such files are ever replaced or removed.
    static func isOurs(_ path: String) -> Bool {
        if [readme, state, summary].contains(path) { return true }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2, let last = parts.last else { return false }
        if parts[0] == manifests { return parts.count >= 3 && last.hasSuffix(".yaml") }
        switch parts.count {
        case 2: return last == readme || last.hasPrefix(pagePrefix) && last.hasSuffix(".md")
        case 3:
            let kind = Kind(manifestName: String(parts[1]))
            return last.hasSuffix(".yaml") && kind?.isAPI == true && parts[1] == parts[1].lowercased()
        default: return false
        }
    }

    /// A namespace holds no dot, so that none can pass for one of the files beside it.
    private static func namespace(_ name: String) -> String {
        encoded(name, isAllowed: { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") })
    }

    private static func part(_ name: some StringProtocol) -> String {
        encoded(name) { isLetterOrDigit($0) || "-_.".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func encoded(_ name: some StringProtocol, isAllowed: (UInt8) -> Bool) -> String {
        var bytes: [UInt8] = []
        for (index, byte) in name.utf8.enumerated() {
            // A dot in front would hide the file, or be a way up.
            if isAllowed(byte), !(index == 0 && byte == UInt8(ascii: ".")) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes += ((byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)).utf8
            }
        }
        guard !bytes.isEmpty else { return "%" }
        // File systems take 255 bytes a name; what is longer ends in a hash of the whole.
        guard bytes.count > 200 else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: bytes.prefix(180), as: UTF8.self) + "~" + Checksum(bytes).hex
    }
}

/// FNV-1a over 64 bits: tells apart what differs by accident. It is no protection against anybody.
struct Checksum {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    /// Sixteen digits.
    var hex: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
