/// The kind of objects that holds chunks in a cluster.
protocol ChunkObjects: Sendable {
    /// As people know it: `CapacityBuffer v1beta1`.
    nonisolated var kindName: String { get }

    /// Follows the objects, and calls `changed` with the name of each that has changed. Returns when
    /// it is cancelled.
    /// - Throws: `KindGone` when the cluster has the kind no more.
    func run(changed: @escaping @Sendable (String) async -> Void) async throws

    /// How many chunks an object of that name asks for; nil when there is none.
    func replicas(_ name: String) async throws -> Int?

    /// Makes what is missing, puts back what others have changed, and sets the count. Does nothing
    /// when all is as it should be. To be called by one task for each name.
    func hold(_ name: String, replicas: Int, why: String) async throws -> HeldChunks

    /// What the cluster has made of it.
    func view(_ name: String, wanted: Int, isSettled: Bool) async -> ChunkView
}

/// What `ChunkObjects.hold` did.
struct HeldChunks: Sendable {
    /// The count was written.
    var isChanged: Bool
    /// It is to be called again after this; nil when all is done.
    var again: Duration?
}

/// The cluster serves this kind no more.
struct KindGone: Error {}

/// An object of that name is somebody else's.
struct ForeignObject: Error, CustomStringConvertible {
    let kind: String
    let namespace: String?
    let name: String
    let problem: String
    let remedy: String

    var description: String {
        let path = namespace.map { "\($0)/\(name)" } ?? name
        return "\(kind) \(path): \(problem); \(remedy)"
    }
}

/// Another is to act: nothing is written.
struct NotActive: Error {}
