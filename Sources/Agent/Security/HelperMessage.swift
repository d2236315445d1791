/// What agent and helper say to each other: one message asks, one answers.
struct HelperMessage: Hashable {
    enum Kind: UInt8 {
        /// Count the programs' runs, or do not (`number` 0).
        case count = 1
        /// Attach the program of the first descriptor to the cgroup of the second; `number`: 0 ingress, 1 egress. Answered
        /// with the link's descriptor.
        case attach
        /// Set a limit: `number` is the cgroup's id, `words` are file, value, path. Answered with what the file holds then.
        case setLimit
        /// Others changed it: id, and file, path.
        case leaveLimit
        case forgetLimits
        case restoreLimits
        /// Start the provider program, the descriptors being its input and output.
        case startProgram
        /// Send signal `number` to the program and what it started.
        case signalProgram
        /// Answered with the wait status, or -1 while it runs.
        case programStatus
        /// Read the configuration again.
        case reload
        /// Answers.
        case done = 64
        case refused
    }

    let kind: Kind
    var number: Int64 = 0
    var words: [String] = []

    /// Bytes; words beyond are left out. A path has 4095 at most.
    static let limit = 65_536

    init(_ kind: Kind, number: Int64 = 0, words: [String] = []) {
        self.kind = kind
        self.number = number
        self.words = words
    }

    /// Kind, number, and the words each ended by NUL, which no path and no value holds.
    var bytes: [UInt8] {
        var bytes = [kind.rawValue]
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
        }
        for word in words where bytes.count + word.utf8.count + 1 < Self.limit {
            bytes += word.utf8.filter { $0 != 0 } + [0]
        }
        return bytes
    }

    /// - Returns: nil for what is no message.
    init?(_ bytes: [UInt8]) {
        guard (9..<Self.limit).contains(bytes.count), let kind = Kind(rawValue: bytes[0]) else {
            return nil
        }
        self.kind = kind
        number = bytes[1..<9].reversed().reduce(0) { $0 << 8 | Int64($1) }
        guard bytes.count > 9 else { return }
        guard bytes.last == 0 else { return nil }
        for word in bytes[9...].dropLast().split(separator: 0, omittingEmptySubsequences: false) {
            guard let text = String(validating: word, as: UTF8.self) else { return nil }
            words.append(text)
        }
    }
}
