internal import ArgumentParser

/// A size such as `64MiB`, `1.5GiB`, `4096`.
struct ByteAmount: ExpressibleByArgument, ExpressibleByStringLiteral, CustomStringConvertible {
    let bytes: Double
    let description: String

    private static let units: [(suffix: String, factor: Double)] = [
        ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
        ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1), ("", 1),
    ]

    init?(argument: String) {
        for unit in Self.units where argument.hasSuffix(unit.suffix) {
            let number = argument.dropLast(unit.suffix.count)
            guard let value = Double(number), value > 0, (value * unit.factor) < 1e18 else { continue }
            bytes = value * unit.factor
            description = argument
            return
        }
        return nil
    }

    init(stringLiteral text: String) {
        self = ByteAmount(argument: text)!
    }
}
