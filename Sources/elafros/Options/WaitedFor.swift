internal import Resources
internal import YAML

/// What `elafros wait` waits for, in kubectl's words.
enum WaitedFor: Hashable, Sendable {
    /// A condition has a status: `condition=Ready`, `condition=Ready=False`.
    case condition(type: String, status: String)
    /// There is no such object any more.
    case deletion
    /// There is such an object.
    case creation
    /// Something stands at a place, or a certain text: `jsonpath='{.status.domain}'=shop.example.com`.
    case value(at: JSONPath, text: String?)

    /// Reads one.
    init(_ word: String) throws(Failure) {
        let (form, rest) = Self.split(word)
        switch (form.lowercased(), rest) {
        case ("delete", nil): self = .deletion
        case ("create", nil): self = .creation
        case ("condition", let rest?) where !rest.isEmpty:
            let (type, status) = Self.split(rest)
            self = .condition(type: type, status: status ?? "True")
        case ("jsonpath", let rest?):
            // A path may hold a sign of equality in quotes; braces say where it ends.
            guard rest.hasPrefix("{"), let brace = rest.lastIndex(of: "}") else {
                let (path, text) = Self.split(rest)
                self = .value(at: try JSONPath(path), text: text)
                return
            }
            let after = rest[rest.index(after: brace)...]
            guard after.isEmpty || after.hasPrefix("=") else {
                throw Failure(.usage, "--for", "\"\(after)\" after the path; write jsonpath='{…}'=VALUE")
            }
            self = .value(
                at: try JSONPath(String(rest[...brace])),
                text: after.isEmpty ? nil : String(after.dropFirst())
            )
        default:
            let forms = "condition=TYPE[=STATUS], jsonpath='{.PATH}'[=VALUE], create or delete"
            throw Failure(.usage, "--for", "there is no \"\(word)\"; write \(forms)")
        }
    }

    private static func split(_ word: String) -> (String, String?) {
        guard let equals = word.firstIndex(of: "=") else { return (word, nil) }
        return (String(word[..<equals]), String(word[word.index(after: equals)...]))
    }
}

extension WaitedFor {
    /// Whether it has come true of an object; nil for one that is not there.
    ///
    /// - Parameter uid: the object that was there at first: another of its name is a new one.
    func holds(of object: Object?, first uid: String?) throws(Failure) -> Bool {
        guard let object else { return self == .deletion }
        switch self {
        case .creation: return true
        case .deletion: return object.metadata.uid != uid
        case .condition(let type, let status): return Self.has(object, type, status)
        case .value(let path, let text):
            guard let value = path.value(in: object.value) else { return false }
            guard let text else { return true }
            guard value.list == nil, value.map == nil else {
                throw Failure(.usage, "--for", "the path leads to a list or a map; name a single value in it")
            }
            return (value.string ?? value.json) == text
        }
    }

    /// A condition counts only once its writer has seen the newest spec.
    private static func has(_ object: Object, _ type: String, _ status: String) -> Bool {
        let value = object.value
        let isBehind = value["status"]?["observedGeneration"]?.int.map { $0 < object.metadata.generation } ?? false
        let conditions = value["status"]?["conditions"]?.list ?? []
        return !isBehind
            && conditions.contains { condition in
                condition["type"]?.string?.lowercased() == type.lowercased()
                    && condition["status"]?.string?.lowercased() == status.lowercased()
            }
    }
}
