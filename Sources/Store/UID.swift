internal import Crypto
internal import Resources

/// The uid of an object: derived, so that a preview knows what a merge will make.
enum UID {
    /// Hashes who owns the object (the state, for one without an owner), which it is, and how often one of that key was
    /// deleted before; as a UUID of version 8, the one for everybody's own scheme.
    static func derived(from parent: String, key: Key, incarnation: Int32) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(128)
        // No name holds a NUL, so no two inputs run together.
        text.append(contentsOf: parent.utf8)
        text.append(0)
        // The key's path, letter by letter: ten thousand Services have sixty thousand of them.
        for letter in key.kind.name.utf8 { text.append(letter | 0x20) }
        for part in [key.namespace, key.name] {
            text.append(UInt8(ascii: "/"))
            text.append(contentsOf: part.utf8)
        }
        text.append(0)
        text.append(contentsOf: String(incarnation).utf8)
        text.append(0)
        var bytes = SHA256.hash(data: text).withUnsafeBytes { [UInt8]($0.prefix(16)) }
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef".utf8)
        text.removeAll(keepingCapacity: true)
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
