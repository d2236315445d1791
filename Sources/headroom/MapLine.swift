internal import Agent
internal import Aggregates
internal import HeadroomABI
internal import NodeView
internal import Probes

/// One map as `headroom maps` lists it.
struct MapLine {
    let name: String
    let type: String
    let id: UInt32?
    let used: Int?
    let maxEntries: Int
    let keyBytes: Int
    let valueBytes: Int
    let memoryBytes: Int?
    /// The same on a large machine, computed.
    let memoryBytesLarge: Int?
    static let largeCPUs = 256

    init(id: UInt32, name: String) throws(BPFError) {
        let map = try MapHandle(id: id, name: name)
        self.name = name
        self.id = id
        type = map.info.type
        used = map.entriesUsed()
        maxEntries = map.info.maxEntries
        keyBytes = map.info.keyBytes
        valueBytes = map.info.valueBytes
        memoryBytes = map.info.memoryBytes
        memoryBytesLarge = map.info.memoryBytes(onCPUs: Self.largeCPUs, name: name)
    }

    /// The agent's own table in shared memory; pages never touched take no memory.
    init(aggregatesOf snapshot: NodeSnapshot, slots: Int) {
        name = "aggregates"
        type = "shared table"
        id = nil
        used = snapshot.rows.count
        maxEntries = slots
        keyBytes = 8
        valueBytes = TableLayout.slotBytes
        memoryBytes = TableLayout.byteCount(slots: Int(snapshot.header.slots_used))
        memoryBytesLarge = memoryBytes
    }

    var cells: [String] {
        [
            name, type, id.map(String.init) ?? "-", used.map(String.init) ?? "-",
            String(maxEntries), String(keyBytes), String(valueBytes),
            memoryBytes.map { Compact.bytes(Double($0)) + "B" } ?? "-",
        ]
    }

    func write(to line: inout JSONLine) {
        line.line("map") { line in
            line.field("name", name)
            line.field("map_type", type)
            if let id { line.field("id", id) }
            if let used { line.field("entries_used", used) }
            line.field("entries_max", maxEntries)
            line.field("key_bytes", keyBytes)
            line.field("value_bytes", valueBytes)
            if let memoryBytes { line.field("memory_bytes", memoryBytes) }
            if let memoryBytesLarge { line.field("memory_bytes_256_cpus", memoryBytesLarge) }
        }
    }
}
