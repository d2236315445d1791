/// What clients may take of the agent: over the Unix socket, and as much again over TCP, where every user of the
/// host may be one; so those that come one way are not held up by those that come the other.
struct ServerLimits: Sendable {
    /// More wait in the kernel's queue until one ends.
    var connections = 64
    /// For a request's head to come, and for its answer to be taken.
    var requestNanoseconds: Int64 = 5_000_000_000
    /// Between requests: longer than scrapers usually wait. The longest idle makes room.
    var idleNanoseconds: Int64 = 90_000_000_000
    /// For a client to read the last answer.
    var drainNanoseconds: Int64 = 1_000_000_000
    /// Of answers that clients have not taken yet; one is always held.
    var heldBytes = 4 << 20
    /// Requests a second, of all clients together, and how many at once.
    var requestsPerSecond = 20.0
    var burst = 60.0
}
