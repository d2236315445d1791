package import Aggregates

/// What one chunk of spare capacity requests of a node.
package struct ChunkSize: Sendable, Hashable {
    /// Milli-cores; positive.
    package let cpuMilli: Int
    /// Bytes; positive.
    package let memoryBytes: Int

    /// - Precondition: both are positive.
    package init(cpuMilli: Int, memoryBytes: Int) {
        precondition(cpuMilli > 0, "a chunk's CPU must be positive, got \(cpuMilli) m")
        precondition(memoryBytes > 0, "a chunk's memory must be positive, got \(memoryBytes) bytes")
        self.cpuMilli = cpuMilli
        self.memoryBytes = memoryBytes
    }

    /// Reads `cpu=1,memory=2Gi`; nil unless both are there once, positive and of known units.
    package init?(_ text: String) {
        var amounts: [String: ResourceQuantity] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, let quantity = ResourceQuantity(pair[1]), amounts[pair[0]] == nil
            else {
                return nil
            }
            amounts[pair[0]] = quantity
        }
        guard amounts.count == 2, let cpu = amounts["cpu"]?.milli, cpu > 0,
            let memory = amounts["memory"]?.units, memory > 0
        else { return nil }
        self.init(cpuMilli: cpu, memoryBytes: memory)
    }

    /// A pod's requests.
    package var requests: ResourceList {
        [
            "cpu": ResourceQuantity(milli: cpuMilli),
            "memory": ResourceQuantity(memoryBytes, format: .binary),
        ]
    }

    /// For people: `cpu 500m, memory 2Gi`.
    var words: String {
        requests.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    /// As a CapacityBuffer's `limits`: what `count` chunks request together.
    package func limits(_ count: Int) -> ResourceList {
        [
            "cpu": ResourceQuantity(milli: cpuMilli * count),
            "memory": ResourceQuantity(memoryBytes * count, format: .binary),
        ]
    }

    /// What one chunk has of a resource, in its unit; nil of those that Kubernetes does not set aside.
    package func amount(of resource: Resource) -> Double? {
        switch resource {
        case .cpu: Double(cpuMilli) / 1000
        case .memory: Double(memoryBytes)
        case .networkReceive, .networkTransmit, .diskRead, .diskWrite, .requests: nil
        }
    }

    /// How many chunks cover `spare` of a resource; at most 2^31 − 1, which is what replicas hold.
    func count(covering spare: Double, of resource: Resource) -> Int {
        guard let chunk = amount(of: resource), spare > 0 else { return 0 }
        // A billionth of a chunk is rounding.
        let count = (spare / chunk - 1e-9).rounded(.up)
        return Int(min(max(count, 0), Double(Int32.max)))
    }
}
