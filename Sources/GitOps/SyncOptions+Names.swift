internal import Resources
internal import YAML

extension SyncOptions {
    /// Whether a Sync may be called so: its name is also the name of a folder.
    public static func isName(_ name: String) -> Bool {
        let isWord = name.utf8.allSatisfy { byte in
            let scalar = Unicode.Scalar(byte)
            return scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
        }
        return isWord && name.utf8.count <= 63 && name.first.map { $0.isLetter || $0.isNumber } == true
    }

    /// Whether objects may have this namespace. Any other would make every manifest invalid that names none.
    public static func isNamespace(_ namespace: String) -> Bool {
        let metadata = Metadata(name: "any", namespace: namespace)
        return Admission.check(Object(kind: .buildTemplate, metadata: metadata, spec: .map([:])), old: nil).isEmpty
    }
}
