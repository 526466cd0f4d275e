/// Why an object may not be created or changed (specification §8).
public struct AdmissionError: Error, Hashable, Sendable {
    /// The words that an API answers; the first error of a check is its answer.
    public let text: String
    /// What to do about it.
    public let advice: String
    /// The offending field.
    public let path: FieldPath

    /// An error at a field.
    init(_ text: String, _ advice: String, at path: FieldPath) {
        self.text = text
        self.advice = advice
        self.path = path
    }

    /// `what; what to do`, as messages about files have it.
    public var message: String { "\(text); \(advice)" }
}

/// The rules that an object must keep to be created or changed: in manifests, and in changes by hand.
///
/// Whether what an object names exists is never asked here: objects may come in any order.
public enum Admission {
    /// What is wrong with `new`, in the order in which the original looked, so that the first is what an API answers.
    ///
    /// - Parameters:
    ///   - new: The draft, or the changed object. Its spec is canonical; it may lack its defaults, and gives more
    ///     precise errors then.
    ///   - old: The object that it replaces; nil where it is created.
    public static func check(_ new: Object, old: Object?) -> [AdmissionError] {
        guard new.kind.isAPI else {
            return [
                AdmissionError("unhandled kind: \"\(new.kind.name)\"", "only Elafros itself writes it", at: ["kind"])
            ]
        }
        return spec(new, old: old) + SyncWave.check(new.metadata.annotations) + name(new)
    }

    private static func spec(_ new: Object, old: Object?) -> [AdmissionError] {
        switch new.kind {
        case .service:
            ServiceValidation.check(new, old: old) + RolloutDuration.check(new.metadata.annotations)
                + ScaleBounds.checkMisplaced(new.metadata.annotations)
        case .configuration:
            ConfigurationValidation.check(new, old: old) + ScaleBounds.checkMisplaced(new.metadata.annotations)
        case .revision: RevisionValidation.check(new, old: old)
        case .route:
            RouteValidation.check(new.spec, new.metadata.annotations) + RolloutDuration.check(new.metadata.annotations)
        case .build: BuildValidation.fields(new.spec, at: ["spec"]) + BuildValidation.checkChange(new, old: old)
        case .buildTemplate, .workload, .split, .sync, .manifestFile, .appliedCommit, .wave: []
        }
    }
}

// MARK: Names

extension Admission {
    private static func name(_ object: Object) -> [AdmissionError] {
        let name = object.metadata.name
        let path: FieldPath = ["metadata", "name"]
        func refused(_ why: String, _ advice: String) -> AdmissionError {
            AdmissionError("Failed to validate: Invalid resource name: \(why)", advice, at: path)
        }
        var errors: [AdmissionError] = []
        if name.isEmpty {
            errors.append(refused("it must not be empty", "name the \(object.kind.name)"))
        } else if name.contains(".") {
            let advice = "write - instead, as in \"\(name.replacing(".", with: "-"))\""
            errors.append(refused("special character . must not be present", advice))
        } else if name.utf8.count > RevisionName.maxLength {
            errors.append(
                refused(
                    "length must be no more than \(RevisionName.maxLength) characters",
                    "shorten it by \(name.utf8.count - RevisionName.maxLength)"
                )
            )
        } else if let why = NameRule(object.kind).refusal(of: name) {
            errors.append(refused(why, "rename the \(object.kind.name)"))
        }
        if let why = NameRule.namespace.refusal(of: object.metadata.namespace) {
            let text = "Failed to validate: Invalid namespace: \(why)"
            errors.append(AdmissionError(text, "rename it, or leave it out", at: ["metadata", "namespace"]))
        }
        return errors
    }
}

/// Which names a kind's objects may have (specification §1.5).
enum NameRule {
    /// DNS-1035: the name becomes the label of a host.
    case host
    /// As `host`, but a digit may stand first.
    case namespace
    /// As `namespace`, with `_` and upper case, which the names of templates and their parameters have.
    case template

    init(_ kind: Kind) {
        switch kind {
        case .service, .configuration, .route, .revision: self = .host
        default: self = .template
        }
    }

    /// What is wrong with a name; nil where it is in order.
    func refusal(of name: String) -> String? {
        let bytes = Array(name.utf8)
        func isLower(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte }
        func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
        func isInner(_ byte: UInt8) -> Bool {
            isLower(byte) || isDigit(byte) || byte == UInt8(ascii: "-")
                || self == .template && (byte == UInt8(ascii: "_") || isLower(byte | 0x20))
        }
        guard bytes.count <= RevisionName.maxLength, bytes.allSatisfy(isInner), let first = bytes.first,
            let last = bytes.last, last != UInt8(ascii: "-"), first != UInt8(ascii: "-"),
            self != .host || isLower(first)
        else { return words }
        return nil
    }

    private var words: String {
        switch self {
        case .host: "only a-z, 0-9 and - may be present, a letter first and no - last"
        case .namespace: "only a-z, 0-9 and - may be present, no - first or last, and at most 63 characters"
        case .template: "only letters, digits, _ and - may be present, no - first or last"
        }
    }
}
