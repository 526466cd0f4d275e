import Foundation
import Resources
import YAML

/// The objects of one scenario of the specification, by the titles under which `fixtures/scenarios` has them.
struct Scenario {
    private var texts: [String: String] = [:]

    /// Reads `fixtures/scenarios/<name>.yaml`; a document's title is the comment on its first line.
    init(_ name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "fixtures/scenarios/\(name).yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        for part in text.split(separator: "\n--- # ").dropFirst() {
            let title = String(part.prefix { $0 != "\n" })
            texts[title] = String(part.dropFirst(title.count))
        }
    }

    struct Unreadable: Error { let title: String }

    /// The document of that title.
    subscript(title: String) -> Node {
        get throws { try document(title) }
    }

    /// The document of that title with an image where the specification shows none, and with our names of Revisions for
    /// `abc`, `def` and `ghi`; `abc` may be another one's.
    func document(_ title: String, image: String = "gcr.io/...", revision: String? = nil) throws -> Node {
        guard var text = texts[title] else { throw Unreadable(title: title) }
        text = text.replacing("gcr.io/...", with: image) + "\n"
        if let revision { text = text.replacing(": abc\n", with: ": \(revision)\n") }
        for (index, name) in ["abc", "def", "ghi"].enumerated() {
            text = text.replacing(": \(name)\n", with: ": my-service-0000\(index + 1)\n")
                .replacing(": \(name) #", with: ": my-service-0000\(index + 1) #")
        }
        let parsed = YAMLParser().parse(text)
        guard let document = parsed.documents.first, !parsed.hasErrors else { throw Unreadable(title: title) }
        return document.root
    }
}

/// Where an object differs from what the specification shows of it.
///
/// Only the fields that are shown count. A text that ends with `...` stands for any text, and a generation for any one, as
/// long as `observedGeneration` says the same.
func differences(_ shown: Node, _ object: Object?) -> [String] {
    guard let object else { return ["the object is not there"] }
    return Comparison(generation: object.metadata.generation).differences(shown, object.value, at: "")
}

/// Where a spec differs from what the specification shows of it.
func differences(_ shown: Node?, _ spec: Value) -> [String] {
    guard let shown else { return ["the document shows none"] }
    return Comparison(generation: 0).differences(shown, spec, at: "")
}

private struct Comparison {
    let generation: Int

    func differences(_ shown: Node, _ actual: Value?, at path: String) -> [String] {
        switch shown.kind {
        case .mapping:
            return shown.entries.flatMap { differences($0.value, actual?[$0.key], at: "\(path).\($0.key)") }
        case .sequence:
            let items = actual?.list ?? []
            // A list of conditions is looked at by type, never by index, and shows those that matter.
            if path.hasSuffix(".conditions") {
                return shown.items.flatMap { wanted in
                    let type = wanted["type"]?.text
                    let found = items.first { $0["type"]?.string == type }
                    return differences(wanted, found, at: "\(path)[\(type ?? "")]")
                }
            }
            guard items.count == shown.count else { return ["\(path): \(items.count) items, not \(shown.count)"] }
            return zip(shown.items, items).enumerated().flatMap {
                differences($1.0, $1.1, at: "\(path)[\($0)]")
            }
        case .scalar:
            return differences(text: shown.text, actual, at: path)
        }
    }

    private func differences(text: String, _ actual: Value?, at path: String) -> [String] {
        if text.hasSuffix("..."), let actual {
            return actual.string?.hasPrefix(text.dropLast(3)) ?? true ? [] : ["\(path): \(actual) is not like \(text)"]
        }
        if path.hasSuffix("eneration") {
            let given = actual?.int ?? actual?.string.flatMap { Int($0) }
            return given == nil || path.hasSuffix("observedGeneration") && given != generation
                ? ["\(path): \(String(describing: actual))"] : []
        }
        let given: String? =
            switch actual {
            case .string(let text)?: text
            case .int(let number)?: String(number)
            case .bool(let truth)?: truth ? "True" : "False"
            default: nil
            }
        let isSame = path == ".kind" ? given?.lowercased() == text.lowercased() : given == text
        return isSame ? [] : ["\(path): \(given ?? "nothing"), not \(text)"]
    }
}
