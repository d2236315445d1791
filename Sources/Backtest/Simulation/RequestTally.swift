/// What became of the requests for more capacity.
package struct RequestTally: Sendable, Hashable {
    package var asked = 0
    package var denied = 0
    package var partial = 0
    package var late = 0

    package init() {}

    static func += (left: inout RequestTally, right: RequestTally) {
        left.asked += right.asked
        left.denied += right.denied
        left.partial += right.partial
        left.late += right.late
    }
}
