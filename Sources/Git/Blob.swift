/// The content of a file, unless it is too large to be read.
public enum Blob: Hashable, Sendable {
    /// The whole content.
    case bytes([UInt8])
    /// The content has this many bytes, more than the reader takes. It was not read.
    case tooLarge(bytes: Int)
}

extension Blob {
    /// Whether the bytes are a pointer of Git LFS: the file's content is somewhere else, and is not fetched.
    public static func isLFSPointer(_ bytes: [UInt8]) -> Bool {
        // The specification keeps pointers below 1,024 bytes, and their first line fixed.
        bytes.count < 1024 && bytes.starts(with: "version https://git-lfs.github.com/spec/v1\n".utf8)
    }
}
