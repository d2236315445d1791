/// What became of a checkpoint's series and plans.
package struct RestoreSummary: Sendable, Hashable {
    package internal(set) var restored = 0
    package private(set) var refused = 0
    /// Of the first that was refused.
    package private(set) var reason: String?

    mutating func refuse(_ reason: String) {
        refused += 1
        if self.reason == nil { self.reason = reason }
    }
}
