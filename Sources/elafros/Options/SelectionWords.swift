internal import ArgumentParser
internal import Resources

/// Which objects.
struct SelectionWords: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The namespace.", valueName: "ns"))
    var namespace: String?

    @Flag(name: [.customShort("A"), .long], help: "All namespaces.")
    var allNamespaces = false

    @Option(
        name: [.customShort("l"), .long],
        help: ArgumentHelp("Only objects with these labels: app=shop,tier!=test.", valueName: "labels")
    )
    var selector: String?

    mutating func validate() throws {
        if allNamespaces, namespace != nil {
            throw ValidationError("-A and -n exclude each other; give one of them.")
        }
    }
}

extension SelectionWords {
    /// The namespace to look in; nil for all of them.
    var scope: String? { allNamespaces ? nil : namespace ?? "default" }

    /// What is asked of the objects' labels; nil where nothing is.
    var labels: LabelSelector? {
        get throws {
            do {
                return try selector.map { try LabelSelector($0) }
            } catch {
                throw Failure(.usage, "--selector", "\(error)")
            }
        }
    }
}
