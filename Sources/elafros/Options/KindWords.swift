internal import Resources
internal import YAML

/// The kinds that a word of the command line means: `svc`, `services,routes`, `all`.
struct KindWords: Hashable, Sendable {
    /// Each kind once, in the order of the words.
    let kinds: [Kind]

    /// Reads kinds in singular, plural or short form, in any letter case, joined with commas.
    init(_ words: String) throws(Failure) {
        var kinds: [Kind] = []
        for word in words.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            // kubectl also takes the group: `services.elafros.dev`.
            let bare = String(word.prefix { $0 != "." })
            let meant: [Kind]
            if bare.lowercased() == "all" {
                meant = [.service, .configuration, .revision, .route]
            } else if let kind = Kind(word: bare) {
                meant = [kind]
            } else {
                throw Self.unknown(word)
            }
            for kind in meant where !kinds.contains(kind) { kinds.append(kind) }
        }
        self.kinds = kinds
    }

    /// Reads one kind, for commands that change objects.
    static func one(_ word: String) throws(Failure) -> Kind {
        let kinds = try KindWords(word).kinds
        guard kinds.count == 1 else { throw Failure(.usage, word, "one kind is needed here; name a single one") }
        return kinds[0]
    }

    private static func unknown(_ word: String) -> Failure {
        let words = Kind.allCases.flatMap { [$0.name.lowercased(), $0.plural] + $0.shortNames }
        let advice =
            didYouMean(word.lowercased(), among: words).map { "did you mean \"\($0)\"?" }
            ?? "the kinds are \(Kind.allCases.map(\.plural).joined(separator: ", "))"
        return Failure(.usage, "kind", "there is no \"\(word)\"; \(advice)")
    }
}

extension Key {
    /// As kubectl names an object: `service.elafros.dev/shop`.
    var commandLineName: String {
        let group = kind.apiVersion.prefix { $0 != "/" }
        return "\(kind.name.lowercased()).\(group)/\(name)"
    }
}
