/// What the server answered, and whom it did not get to answer. The server thread's alone.
final class ServerTally {
    /// Why a client did not get an answer, or not at once.
    enum Hindrance: String, CaseIterable {
        /// No descriptor or memory was left for one that connects: it waits. Counted by try, five a second.
        case noDescriptor = "no_descriptor"
        /// Its connection was idle and made room for a new one.
        case madeRoom = "made_room"
        /// Its request did not come, or it did not take the answer, in time.
        case tooSlow = "too_slow"
    }

    private(set) var answers: [HTTPStatus: UInt64] = [:]
    private(set) var hindrances: [Hindrance: UInt64] = [:]

    func answered(_ status: HTTPStatus) { answers[status, default: 0] += 1 }
    func hindered(_ hindrance: Hindrance) { hindrances[hindrance, default: 0] += 1 }
}
