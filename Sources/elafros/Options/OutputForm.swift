internal import ArgumentParser
internal import YAML

/// How results are printed: for people, or as data.
enum OutputForm: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, yaml, json
}

/// How objects are printed.
enum ObjectForm: String, ExpressibleByArgument, CaseIterable, Sendable {
    case table, wide, yaml, json, name
}
