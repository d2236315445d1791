/// What was learned on its way to 64-bit words or back, bit for bit: one description of a state
/// for both ways. Value type.
///
/// What comes back is trusted only within the ranges that are named: one word out of its range, or
/// one too few or many, and all of it is refused.
struct LearnedWords {
    private(set) var words: [UInt64] = []
    private var next: Int?
    private var isSound = true

    /// To write.
    init() {}

    /// To read.
    init(_ words: [UInt64]) {
        self.words = words
        next = 0
    }

    var isReading: Bool { next != nil }
    /// All was read, and all of it is possible.
    var isWholeAndSound: Bool { isSound && next == words.count }

    mutating func pass(_ value: inout Double, _ range: ClosedRange<Double>) {
        var bits = value.bitPattern
        passBits(&bits)
        guard isReading else { return }
        guard range.contains(Double(bitPattern: bits)) else { return refuse() }
        value = Double(bitPattern: bits)
    }

    mutating func pass(_ value: inout Int64, _ range: ClosedRange<Int64>) {
        var bits = UInt64(bitPattern: value)
        passBits(&bits)
        guard isReading else { return }
        guard range.contains(Int64(bitPattern: bits)) else { return refuse() }
        value = Int64(bitPattern: bits)
    }

    private mutating func refuse() { isSound = false }

    private mutating func passBits(_ bits: inout UInt64) {
        guard let place = next else { return words.append(bits) }
        guard place < words.count else { return refuse() }
        bits = words[place]
        next = place + 1
    }
}
