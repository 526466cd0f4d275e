/// A place in an object: `spec.runLatest.configuration.revisionTemplate.spec.container.env[FOO].value`.
public struct FieldPath: Hashable, Sendable {
    /// The way down, from the object.
    public private(set) var steps: [Step]

    /// One step of the way.
    public enum Step: Hashable, Sendable {
        /// Into a map.
        case key(String)
        /// Into a list, by place, from 0.
        case item(Int)
        /// Into a list whose items have names: the item that has that one.
        case named(String)
    }

    /// A path of those steps; none is the object itself.
    public init(_ steps: [Step] = []) { self.steps = steps }

    /// A path of keys alone.
    public init(keys: String...) { steps = keys.map(Step.key) }
}

extension FieldPath {
    /// The path one step further down.
    public func appending(_ step: Step) -> FieldPath { FieldPath(steps + [step]) }

    /// The path one key further down.
    public func appending(key: String) -> FieldPath { appending(.key(key)) }

    /// Whether one of the two places holds the other, or both are one.
    func isOnTheWay(to other: FieldPath) -> Bool { zip(steps, other.steps).allSatisfy(==) }

    /// Puts a step above the path, as when the map that holds it is left on the way up.
    mutating func prepend(_ step: Step) { steps.insert(step, at: 0) }
}

extension FieldPath: ExpressibleByArrayLiteral {
    /// A path of keys, as a literal: `["spec", "traffic"]`.
    public init(arrayLiteral elements: String...) { steps = elements.map(Step.key) }
}

extension FieldPath: CustomStringConvertible {
    /// As messages show it; keys that hold dots stand in quotes: `metadata.labels["elafros.dev/type"]`.
    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let key) where key.isPlainWord: text += text.isEmpty ? key : ".\(key)"
            case .key(let key): text += "[\"\(key)\"]"
            case .item(let index): text += "[\(index)]"
            case .named(let name): text += "[\(name)]"
            }
        }
        return text
    }
}

extension String {
    fileprivate var isPlainWord: Bool { !isEmpty && unicodeScalars.allSatisfy(Self.wordScalars.contains) }

    private static let wordScalars = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$".unicodeScalars
    )
}
