internal import Resources
internal import YAML

/// One place in an object as `kubectl wait` names it: `{.status.domain}`, with or without the braces, `.a['b.c'][0]`.
struct JSONPath: Hashable, Sendable {
    /// The way down, from the object.
    let steps: [Step]

    /// One step of the way.
    enum Step: Hashable, Sendable {
        case key(String)
        case item(Int)
    }

    /// Reads one.
    init(_ text: String) throws(Failure) {
        var parser = Parser(rest: text[...], whole: text)
        steps = try parser.steps()
    }

    /// What stands there; nil where there is nothing.
    func value(in object: Value) -> Value? {
        steps.reduce(Optional(object)) { value, step in
            switch step {
            case .key(let key): return value?[key]
            case .item(let index): return value?.list.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            }
        }
    }
}

extension JSONPath {
    private struct Parser {
        var rest: Substring
        let whole: String

        mutating func steps() throws(Failure) -> [Step] {
            if rest.first == "{" {
                guard rest.last == "}" else { throw wrong("the closing brace is missing") }
                rest = rest.dropFirst().dropLast()
            }
            if rest.first == "$" { rest = rest.dropFirst() }
            // kubectl takes a first field without its dot.
            if let first = rest.first, first != ".", first != "[" { rest = "." + rest }
            var steps: [Step] = []
            while let sign = rest.first {
                rest = rest.dropFirst()
                steps.append(try sign == "." ? field() : brackets())
                guard rest.isEmpty || rest.first == "." || rest.first == "[" else {
                    throw wrong("unexpected \"\(rest)\"")
                }
            }
            guard !steps.isEmpty else { throw wrong("it names no field") }
            return steps
        }

        /// A field's name, in which a backslash takes the next character as it is.
        private mutating func field() throws(Failure) -> Step {
            var name = ""
            while let next = rest.first, next != ".", next != "[" {
                guard !"*?@(){}$".contains(next) else { throw wrong("\"\(next)\" is not understood") }
                rest = rest.dropFirst()
                guard next == "\\" else {
                    name.append(next)
                    continue
                }
                if let escaped = rest.popFirst() { name.append(escaped) }
            }
            guard !name.isEmpty else { throw wrong("a field's name is missing") }
            return .key(name)
        }

        private mutating func brackets() throws(Failure) -> Step {
            if let quote = rest.first, quote == "'" || quote == "\"" {
                let name = rest.dropFirst().prefix { $0 != quote }
                rest = rest.dropFirst(name.count + 1)
                guard rest.hasPrefix("\(quote)]") else { throw wrong("a quote or a bracket is not closed") }
                rest = rest.dropFirst(2)
                return .key(String(name))
            }
            let text = rest.prefix { $0 != "]" }
            rest = rest.dropFirst(text.count)
            guard rest.popFirst() == "]" else { throw wrong("a bracket is not closed") }
            guard let index = Int(text), index >= 0 else {
                throw wrong("\"[\(text)]\" is not understood; write a place from 0, or a name in quotes")
            }
            return .item(index)
        }

        private func wrong(_ why: String) -> Failure {
            let advice =
                "write fields, places and names, as in {.status.traffic[0].percent} or {.metadata.labels['a.b/c']}"
            return Failure(.usage, "--for", "the path \"\(whole)\" cannot be read: \(why); \(advice)")
        }
    }
}
