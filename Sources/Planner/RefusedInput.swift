/// Which part of an input was refused.
package enum RefusedInput: String, Sendable, Hashable {
    case demand = "demand is not a finite number of at least 0"
    case capacity = "ready or pending capacity is not a finite number of at least 0"
    case coverage = "coverage is not within 0...1"
}
