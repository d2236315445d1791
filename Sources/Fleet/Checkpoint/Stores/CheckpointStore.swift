/// Where the bytes of a checkpoint are kept.
package protocol CheckpointStore: Sendable {
    /// For people: a path, or `configmap shop/headroom-fleet`.
    var name: String { get }
    /// The most bytes that it takes.
    var limit: Int { get }
    /// Whether several planners have the same one. Then only the one that acts writes it.
    var isShared: Bool { get }

    /// What was written last; nil when nothing ever was.
    func read() async throws(CheckpointStoreError) -> [UInt8]?

    /// The same, but nil too when it is what was read or written here last.
    func readNews() async throws(CheckpointStoreError) -> [UInt8]?

    /// Takes the place of what was written before, whole or not at all.
    /// `mayWrite` is asked once more before what was written before is given up.
    func write(_ bytes: [UInt8], while mayWrite: @Sendable () async -> Bool)
        async throws(CheckpointStoreError)

    /// Puts away what makes no sense, so that people can look at it. - Returns: where; nil when it stays.
    func setAside() async -> String?
}

/// Why a checkpoint was not read or not written.
package struct CheckpointStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
