internal import Planner

/// One size in which CPU and memory come together, as the configuration has it.
package struct ShapeSettings: Hashable, Sendable {
    package var name = ""
    package var cores = 0.0
    package var memoryBytes = 0.0
    /// An hour, in any currency.
    package var price = 0.0

    package init() {}

    /// - Precondition: all three are positive.
    var shape: ChunkShape {
        ChunkShape(name: name, cores: cores, memoryBytes: memoryBytes, price: price)
    }
}
