/// What somebody may have meant.
package enum Nearest {
    /// The name that is a slip away from `word`: another way to write it (`cost-ratio`,
    /// `costRatio`), or at most one wrong, missing, added or swapped letter in three.
    package static func name(to word: String, in names: some Sequence<String>) -> String? {
        let wanted = normal(word)
        var best: (name: String, distance: Int)?
        for name in names {
            let candidate = normal(name)
            let limit = min(best.map { $0.distance - 1 } ?? .max, max(1, candidate.count / 3))
            guard abs(candidate.count - wanted.count) <= limit else { continue }
            let distance = distance(wanted, candidate)
            if distance <= limit { best = (name, distance) }
        }
        return best?.name
    }

    private static func normal(_ word: String) -> [UInt8] {
        Array(word.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") })
    }

    /// Optimal string alignment: edits and swaps of neighbours (Damerau, 1964).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let isSame = left[row] == right[column]
                var cost = min(
                    last[column + 1] + 1,
                    current[column] + 1,
                    last[column] + (isSame ? 0 : 1)
                )
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
