/// Which objects are meant, by their labels, in kubectl's words: `app=shop,tier!=cache,env in (a, b),!old`.
public struct LabelSelector: Hashable, Sendable {
    /// What must all hold.
    public let requirements: [Requirement]

    /// One condition on one label.
    public struct Requirement: Hashable, Sendable {
        /// The label's key.
        public let key: String
        /// What is asked of it.
        public let rule: Rule
    }

    /// What is asked of a label.
    public enum Rule: Hashable, Sendable {
        /// It is there, with one of these values: `=`, `==`, `in`.
        case isOneOf(Set<String>)
        /// It is not there, or has none of these values: `!=`, `notin`.
        case isNoneOf(Set<String>)
        /// It is there.
        case exists
        /// It is not there.
        case isAbsent
    }

    /// Reads kubectl's grammar; empty text selects everything.
    public init(_ text: String) throws(ResourcesError) {
        var parser = Parser(rest: text[...], whole: text)
        requirements = try parser.requirements()
    }

    /// Whether an object with those labels is meant.
    public func matches(_ labels: StringMap) -> Bool {
        requirements.allSatisfy { requirement in
            let value = labels[requirement.key]
            return switch requirement.rule {
            case .isOneOf(let values): value.map(values.contains) ?? false
            case .isNoneOf(let values): !(value.map(values.contains) ?? false)
            case .exists: value != nil
            case .isAbsent: value == nil
            }
        }
    }
}

extension LabelSelector {
    private struct Parser {
        var rest: Substring
        let whole: String

        mutating func requirements() throws(ResourcesError) -> [Requirement] {
            skipSpaces()
            guard !rest.isEmpty else { return [] }
            var found = [try requirement()]
            while take(",") { found.append(try requirement()) }
            guard rest.isEmpty else { throw wrong("unexpected \"\(rest)\"") }
            return found
        }

        private mutating func requirement() throws(ResourcesError) -> Requirement {
            let isNegated = take("!")
            let key = word()
            guard !key.isEmpty else { throw wrong("a label's key is missing") }
            if isNegated { return Requirement(key: key, rule: .isAbsent) }
            if take("!=") { return Requirement(key: key, rule: .isNoneOf([word()])) }
            if take("==") || take("=") { return Requirement(key: key, rule: .isOneOf([word()])) }
            switch word() {
            case "": return Requirement(key: key, rule: .exists)
            case "in": return Requirement(key: key, rule: .isOneOf(try values()))
            case "notin": return Requirement(key: key, rule: .isNoneOf(try values()))
            case let other: throw wrong("unknown operator \"\(other)\"")
            }
        }

        private mutating func values() throws(ResourcesError) -> Set<String> {
            guard take("(") else { throw wrong("\"(\" is missing") }
            var values: Set = [word()]
            while take(",") { values.insert(word()) }
            guard take(")") else { throw wrong("\")\" is missing") }
            return values
        }

        private mutating func word() -> String {
            skipSpaces()
            let word = rest.prefix { !",=!() \t\n".contains($0) }
            rest = rest.dropFirst(word.count)
            skipSpaces()
            return String(word)
        }

        private mutating func take(_ sign: String) -> Bool {
            skipSpaces()
            guard rest.hasPrefix(sign) else { return false }
            rest = rest.dropFirst(sign.count)
            return true
        }

        private mutating func skipSpaces() { rest = rest.drop { " \t\n".contains($0) } }

        private func wrong(_ why: String) -> ResourcesError {
            ResourcesError(
                .invalid,
                "the selector \"\(whole)\" cannot be read: \(why); write it as in app=shop,env in (a, b),!old"
            )
        }
    }
}
