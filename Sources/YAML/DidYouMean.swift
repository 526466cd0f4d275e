/// The word that was probably meant, or nil where none is near enough.
///
/// Near is a Damerau–Levenshtein distance, upper and lower case alike, of at most 2 or a third of the word's length,
/// whichever is more, and of 1 for words of up to three letters. Of equally near words the first one wins.
///
/// - Parameters:
///   - word: What was written.
///   - candidates: What could have been meant, by preference.
public func didYouMean(_ word: String, among candidates: [String]) -> String? {
    let letters = Array(word.lowercased().unicodeScalars)
    let limit = letters.count <= 3 ? 1 : max(2, letters.count / 3)
    // A hostile file can hold a word of a megabyte; no name of ours is near that.
    guard !letters.isEmpty, letters.count <= 200 else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in candidates {
        let others = Array(candidate.lowercased().unicodeScalars)
        guard abs(others.count - letters.count) <= limit else { continue }
        let distance = editDistance(letters, others)
        guard distance <= limit, distance < max(letters.count, others.count) else { continue }
        if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
}

/// The least number of insertions, deletions, replacements and swaps of neighbours that turn one word into another, no
/// part being edited twice.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var twoBack: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        current.reserveCapacity(right.count + 1)
        for (column, other) in right.enumerated() {
            var cost = min(last[column + 1], current[column]) + 1
            cost = min(cost, last[column] + (letter == other ? 0 : 1))
            if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                cost = min(cost, twoBack[column - 1] + 1)
            }
            current.append(cost)
        }
        (twoBack, last) = (last, current)
    }
    return last[right.count]
}
