/// What one series has besides its horizons and quantiles: time, unit, the open slots of its
/// seasons and the count of what was refused.
struct SeriesState: BitwiseCopyable, Sendable {
    private var lastNanoseconds: Int64 = 0
    /// Power of two that brings the first value above zero to about 1, so that neither bytes
    /// nor micro-cores leave the range in which squares fit a `Float`; 0 before that value.
    private(set) var scale = 0.0
    private var openDaySlot = OpenSlot()
    private var openHourSlot = OpenSlot()
    private var notFinite: UInt32 = 0
    private var negative: UInt32 = 0
    private var timeNotIncreasing: UInt32 = 0
    /// Typical seconds between samples; gaps hardly move it.
    private var step: Float = 0
    /// Seconds since the first sample.
    private var age: Float = 0
    private var lastValue: Float = 0
    /// Not a `Bool`: any byte of a checkpoint is a value.
    private var started: UInt8 = 0
    /// 1 when the next sample is as the first one.
    private var beginsAnew: UInt8 = 0

    init() {}

    var hasStarted: Bool { started != 0 }

    /// 1/scale, exactly and without a division: powers of two have their exponents mirrored. 0
    /// before the first value above zero.
    @inline(__always)
    var unit: Double {
        scale > 0 ? Double(bitPattern: 2_046 << 52 &- scale.bitPattern) : 0
    }

    var rejected: RejectedObservations {
        var counts = RejectedObservations()
        counts.notFinite = UInt64(notFinite)
        counts.negative = UInt64(negative)
        counts.timeNotIncreasing = UInt64(timeNotIncreasing)
        return counts
    }

    /// The observation as the horizons see it, or `nil` if it cannot be used, which is counted.
    @inline(__always)
    mutating func accept(_ observation: Observation) -> Tick? {
        guard observation.value.isFinite, observation.coverage.isFinite else {
            notFinite = Self.counted(notFinite)
            return nil
        }
        guard observation.value >= 0 else {
            negative = Self.counted(negative)
            return nil
        }
        let now = observation.timeNanoseconds
        guard !hasStarted || now > lastNanoseconds else {
            timeNotIncreasing = Self.counted(timeNotIncreasing)
            return nil
        }
        let isFirst = !hasStarted || beginsAnew != 0
        if beginsAnew != 0 { age = 0 }
        started = 1
        beginsAnew = 0
        let elapsed = isFirst ? 0 : Self.seconds(from: lastNanoseconds, to: now)
        lastNanoseconds = now
        learnStep(elapsed)
        // A clock that goes back and forth makes more seconds than there are times.
        age = min(age + elapsed, Self.longestSeconds)
        let value = scaled(observation.value)
        let isRepeat = value == lastValue && !isFirst
        lastValue = value
        return Tick(
            value: value,
            coverage: Float(min(1, max(0, observation.coverage))),
            now: now,
            second: now / 1_000_000_000,
            elapsed: elapsed,
            age: age,
            step: step,
            isFirst: isFirst,
            isRepeat: isRepeat
        )
    }

    /// Takes over a peer's unit, so that what the peer knows is in this series' own.
    mutating func adopt(scale: Double) { self.scale = scale }

    /// The newest sample, for an explanation.
    var lastTick: Tick {
        Tick(
            value: lastValue,
            coverage: 1,
            now: lastNanoseconds,
            second: lastNanoseconds / 1_000_000_000,
            elapsed: 0,
            age: age,
            step: step,
            isFirst: false,
            isRepeat: false
        )
    }

    /// The next sample begins the series' levels anew.
    mutating func beginAnew() { beginsAnew = 1 }

    /// Forgets the open slots, so that their seasons can be forgotten too.
    mutating func dropSeasons() {
        openDaySlot = OpenSlot()
        openHourSlot = OpenSlot()
    }

    /// A demand that a limit cut off, in the series' own unit: a tenth above the limit.
    func demand(above limit: Double) -> Float {
        guard limit.isFinite, limit > 0 else { return 0 }
        return Float(min(1.1 * limit * scale, Self.largest))
    }

    /// Adds the sample to its slots; `seasons` is touched when one of them is over.
    @inline(__always)
    mutating func addToSeasons(_ tick: Tick, _ seasons: UnsafeMutablePointer<Seasons>) {
        if tick.second >= min(openDaySlot.endSecond, openHourSlot.endSecond) {
            unsafe turn(second: tick.second, &seasons.pointee)
        }
        openDaySlot.add(tick.value)
        openHourSlot.add(tick.value)
    }

    @inline(never)
    private mutating func turn(second: Int64, _ seasons: inout Seasons) {
        if second >= openDaySlot.endSecond {
            if openDaySlot.endSecond != .min {
                seasons.week.add(
                    peak: openDaySlot.peak,
                    usualPeak: seasons.day.peak(slot: Int(openDaySlot.slot)),
                    second: openDaySlot.endSecond - 1
                )
            }
            seasons.day.turn(&openDaySlot, second: second)
        }
        if second >= openHourSlot.endSecond { seasons.hour.turn(&openHourSlot, second: second) }
    }

    /// Above 0: a change is divided by it.
    private static func seconds(from before: Int64, to now: Int64) -> Float {
        let apart = Double(now) - Double(before)
        // Times of this century that are under 256 ns apart are the same `Double`.
        return Float(apart > 0 ? apart : Double(UInt64(bitPattern: now &- before))) / 1e9
    }

    private mutating func learnStep(_ elapsed: Float) {
        guard elapsed > 0 else { return }
        if step == 0 || elapsed < step {
            step = elapsed
        } else {
            step += 0.02 * (min(elapsed, 2 * step) - step)
        }
    }

    /// False for all but the few observations that `place` has to be asked about.
    @inline(__always)
    func isUnusual(_ observation: Observation) -> Bool {
        observation.timeNanoseconds <= lastNanoseconds || observation.value * scale > Self.largest
    }

    /// What has to happen before `accept` can take the observation, or refuse it.
    @inline(never)
    func place(_ observation: Observation) -> Placement {
        guard observation.value.isFinite, observation.value >= 0, observation.coverage.isFinite else { return .usual }
        // Before the first observation too: the unit may be a peer's.
        guard hasStarted, observation.timeNanoseconds <= lastNanoseconds else {
            return observation.value * scale > Self.largest ? .outgrown : .usual
        }
        let back = Double(lastNanoseconds) - Double(observation.timeNanoseconds)
        return back > max(Self.mostDisorder, 2e9 * Double(step)) ? .setBack : .usual
    }

    /// What an observation may be before it is taken.
    enum Placement {
        /// In its place, or to be refused.
        case usual
        /// Beyond what the series' unit can hold, that of its first value: that one was the dust of some rate's arithmetic.
        case outgrown
        /// Further before the last one than samples are out of order: the clock was set back, and time goes on from there.
        case setBack
    }

    /// The next sample follows the last one by a step, whatever its time. What was under way is dropped.
    mutating func setBack(to nanoseconds: Int64) {
        timeNotIncreasing = Self.counted(timeNotIncreasing)
        // After a single sample there is no step: the next is as the first one, or a nanosecond would be taken for the usual one.
        if step == 0 { beginAnew() }
        let apart = max(1, Int64(Double(step) * 1e9))
        lastNanoseconds = nanoseconds > .min + apart ? nanoseconds - apart : .min
        dropSeasons()
    }

    /// As before the first observation, but for what was refused.
    mutating func forget() {
        var new = SeriesState()
        new.notFinite = notFinite
        new.negative = negative
        new.timeNotIncreasing = timeNotIncreasing
        self = new
    }

    /// The value in the series' own unit, rounded up where a `Float` has too few digits: rounded down, what never changes
    /// would lie above all its forecasts.
    private mutating func scaled(_ value: Double) -> Float {
        guard value >= .leastNormalMagnitude else { return 0 }
        if scale == 0 {
            let exponent = min(1_000, max(-1_000, value.exponent))
            scale = Double(sign: .plus, exponent: -exponent, significand: 1)
        }
        let exact = min(value * scale, Self.largest)
        let nearest = Float(exact)
        return Double(nearest) < exact ? Float(bitPattern: nearest.bitPattern + 1) : nearest
    }

    /// Nanoseconds by which samples may be late without the clock having been set back.
    private static let mostDisorder = 10e9
    /// In the series' own unit. Squares of it fit a `Float`.
    private static let largest = 1e15

    /// No two times of 64 bits of nanoseconds are further apart.
    static let longestSeconds: Float = 2e10

    /// A count that stops at its end.
    private static func counted(_ count: UInt32) -> UInt32 { count == .max ? count : count + 1 }

    /// False for a state that no observations lead to.
    var isSound: Bool {
        let longest = Self.longestSeconds
        let isPower = scale == 0 || scale.isFinite && scale > 0 && scale.significand == 1
        return isPower && abs(scale == 0 ? 0 : scale.exponent) <= 1_000
            && openDaySlot.isSound(slotCount: Seasons.daySlots)
            && openHourSlot.isSound(slotCount: Seasons.hourSlots)
            && (0...longest).contains(step) && (0...longest).contains(age)
            && (0...1e16).contains(lastValue)
    }
}
