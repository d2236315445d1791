/// The largest value of about the last `spanNanoseconds`: of 24 whole blocks of time and the
/// present one, so of up to a twenty-fourth longer. A push touches three words; `Blocks` only when a
/// block ends. Value type, no allocation; O(1), O(blocks) at a block's end.
struct BlockPeak: Sendable {
    private static let count: Int64 = 24

    /// The whole blocks' maxima, by block modulo 24; kept by the owner, where it wants.
    struct Blocks: Sendable {
        fileprivate var maxima = InlineArray<24, Double>(repeating: -.infinity)
    }

    private let blockNanoseconds: Int64
    private var block = Int64.min
    private var endNanoseconds = Int64.min
    private var present = -Double.infinity
    private var past = -Double.infinity

    /// - Precondition: `spanNanoseconds` is at least 24.
    init(spanNanoseconds: Int64) { blockNanoseconds = spanNanoseconds / Self.count }

    /// Minus infinity before any push.
    var value: Double { max(present, past) }

    /// Adds a value to the present block: one that is not over.
    mutating func push(_ value: Double) { present = max(present, value) }

    /// Whether the present block is over, so that `turn` has to come before the next push; it is
    /// too when the clock went back before it, between two runs.
    func isOver(at time: Int64) -> Bool {
        time >= endNanoseconds || time < endNanoseconds &- blockNanoseconds
    }

    /// The clock was set back to `time`, which now lies in the present block: all of them keep their ages.
    mutating func clockWentBack(to time: Int64, _ blocks: inout Blocks) {
        guard block != .min else { return }
        let next = number(at: time)
        var maxima = blocks.maxima
        for age in 0..<Self.count {
            maxima[Self.place(next &- age)] = blocks.maxima[Self.place(block &- age)]
        }
        blocks.maxima = maxima
        block = next
        endNanoseconds = end(of: next)
    }

    /// Rounded down, before 1970 too.
    private func number(at time: Int64) -> Int64 {
        time / blockNanoseconds - (time % blockNanoseconds < 0 ? 1 : 0)
    }

    private func end(of block: Int64) -> Int64 {
        let (end, overflow) = (block &+ 1).multipliedReportingOverflow(by: blockNanoseconds)
        return overflow ? .max : end
    }

    /// Begins the block that `time` lies in.
    mutating func turn(to time: Int64, _ blocks: inout Blocks) {
        let next = number(at: time)
        if block != .min {
            blocks.maxima[Self.place(block)] = present
            // Blocks in which nothing came.
            for skipped in 1..<max(1, min(Self.count + 1, next &- block)) {
                blocks.maxima[Self.place(block &+ skipped)] = -.infinity
            }
        }
        block = next
        endNanoseconds = end(of: next)
        present = -.infinity
        past = Self.largest(blocks)
    }

    private static func largest(_ blocks: Blocks) -> Double {
        var largest = -Double.infinity
        for place in blocks.maxima.indices { largest = max(largest, blocks.maxima[place]) }
        return largest
    }

    /// All of it, with its blocks.
    mutating func pass(_ words: inout LearnedWords, _ blocks: inout Blocks) {
        let times = (Int64.min / 2)...(Int64.max / 2)
        let amounts = -Double.infinity...1e150
        var isUsed: Int64 = block == .min ? 0 : 1
        words.pass(&isUsed, 0...1)
        var number = isUsed == 1 && block != .min ? block : 0
        words.pass(&number, (times.lowerBound / blockNanoseconds)...(times.upperBound / blockNanoseconds))
        block = isUsed == 1 ? number : .min
        endNanoseconds = isUsed == 1 ? (number + 1) * blockNanoseconds : .min
        words.pass(&present, amounts)
        for place in blocks.maxima.indices { words.pass(&blocks.maxima[place], amounts) }
        past = Self.largest(blocks)
    }

    private static func place(_ block: Int64) -> Int {
        Int((block % count + count) % count)
    }
}
