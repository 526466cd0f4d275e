/// Which files of a followed folder are left alone: the lines of its `.elafrosignore`, in gitignore syntax.
///
/// One file, at the top of what is followed: paths are matched relative to that folder. As in git, the last line that
/// matches decides, and nothing below an ignored folder can be taken back.
public struct IgnoreRules: Sendable {
    /// The name of the file.
    public static let fileName = ".elafrosignore"

    private let rules: [Rule]

    private struct Rule {
        var pattern: [UInt8]
        var isNegated = false
        var isFolderOnly = false
        /// Whether the pattern is matched against the whole path, not against the last part of it.
        var isAnchored = false
    }

    /// No rules: nothing is ignored.
    public init() { rules = [] }

    /// Reads the lines of an ignore file. Nothing in it can be wrong: what is no pattern matches nothing.
    public init(_ bytes: [UInt8]) {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let content = bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...]
        let lines = content.split(separator: UInt8(ascii: "\n")).filter { $0.first != UInt8(ascii: "#") }
        rules = lines.compactMap(Self.rule)
    }

    /// Reads patterns of which each stands by itself, and none is a comment.
    public init(patterns: [String]) {
        rules = patterns.compactMap { Self.rule(Array($0.utf8)[...]) }
    }

    private static func rule(_ line: ArraySlice<UInt8>) -> Rule? {
        var rest = withoutTrailingSpaces(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        var rule = Rule(pattern: [])
        if rest.first == UInt8(ascii: "!") {
            rule.isNegated = true
            rest = rest.dropFirst()
        }
        if rest.last == UInt8(ascii: "/") {
            rule.isFolderOnly = true
            rest = rest.dropLast()
        }
        rule.isAnchored = rest.contains(UInt8(ascii: "/"))
        if rest.first == UInt8(ascii: "/") { rest = rest.dropFirst() }
        guard !rest.isEmpty else { return nil }
        rule.pattern = Array(rest)
        return rule
    }

    /// The line without the spaces at its end, but for those after a backslash.
    private static func withoutTrailingSpaces(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var end = line.startIndex
        var index = line.startIndex
        while index < line.endIndex {
            switch line[index] {
            case UInt8(ascii: " "): break
            case UInt8(ascii: "\\"):
                index += 1
                end = min(index + 1, line.endIndex)
            default: end = index + 1
            }
            index += 1
        }
        return line[..<end]
    }
}

extension IgnoreRules {
    /// Whether there are no rules.
    public var isEmpty: Bool { rules.isEmpty }

    /// Whether a file is ignored, by itself or with a folder above it.
    ///
    /// - Parameter path: relative to the followed folder.
    public func ignoresFile(_ path: String) -> Bool {
        var folders = FolderMemory()
        return ignoresFile(path, &folders)
    }

    /// What was found out about folders, so that each is matched once in a walk over many files.
    struct FolderMemory {
        fileprivate var isIgnored: [Substring: Bool] = [:]
    }

    func ignoresFile(_ path: String, _ folders: inout FolderMemory) -> Bool {
        guard !rules.isEmpty else { return false }
        return ignoresParent(of: path[...], &folders) || decides(path[...], isFolder: false)
    }

    private func ignoresParent(of path: Substring, _ folders: inout FolderMemory) -> Bool {
        guard let slash = path.lastIndex(of: "/") else { return false }
        let folder = path[..<slash]
        if let known = folders.isIgnored[folder] { return known }
        let isIgnored = ignoresParent(of: folder, &folders) || decides(folder, isFolder: true)
        folders.isIgnored[folder] = isIgnored
        return isIgnored
    }

    /// What the last line that matches says.
    private func decides(_ path: Substring, isFolder: Bool) -> Bool {
        let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
        for rule in rules.reversed() where isFolder || !rule.isFolderOnly {
            let subject = rule.isAnchored ? path : name
            if Wildmatch.matches(rule.pattern, subject.utf8, isPath: rule.isAnchored) { return !rule.isNegated }
        }
        return false
    }
}
