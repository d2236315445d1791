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
    let holds: String
    static let largeCPUs = 256

    /// Opens the map and counts what is in it.
    init(_ object: RunningAgent.Object) throws(BPFError) {
        let map = try MapHandle(id: object.id, name: object.name)
        name = object.name
        id = object.id
        type = map.info.type
        used = try map.entriesUsed()
        maxEntries = map.info.maxEntries
        keyBytes = map.info.keyBytes
        valueBytes = map.info.valueBytes
        memoryBytes = map.info.memoryBytes
        memoryBytesLarge = map.info.memoryBytes(onCPUs: Self.largeCPUs, name: name)
        holds = MapGuide.of(name).holds
    }

    /// The agent's own table in shared memory; pages never touched take no memory.
    init(aggregatesOf agent: inout RunningAgent) {
        name = RunningAgent.tableName
        type = "shared table"
        id = nil
        let slots = min(Int(agent.header.slots_used), agent.attachment.reader.slotCount)
        var used = 0
        for index in 0..<slots where agent.attachment.reader.slot(index) != nil { used += 1 }
        self.used = used
        maxEntries = agent.attachment.reader.slotCount
        keyBytes = 8
        valueBytes = TableLayout.slotBytes
        memoryBytes = TableLayout.byteCount(slots: Int(agent.header.slots_used))
        memoryBytesLarge = memoryBytes
        holds = "per cgroup: last window, forecasts, the last 60 windows; plans, requests, losses"
    }

    var cells: [String] {
        [
            name, type, id.map(String.init) ?? "-", used.map(String.init) ?? "-",
            String(maxEntries), String(keyBytes), String(valueBytes), memory,
        ]
    }

    var memory: String { memoryBytes.map { Compact.bytes(Double($0)) + "B" } ?? "-" }

    static func total(_ maps: [MapLine]) -> String {
        let total = maps.reduce(0) { $0 + ($1.memoryBytes ?? 0) }
        let large = maps.reduce(0) { $0 + ($1.memoryBytesLarge ?? 0) }
        return "total memory \(Compact.bytes(Double(total)))B on \(MapInfo.possibleCPUs) CPUs;"
            + " \(Compact.bytes(Double(large)))B on \(largeCPUs) (computed)"
    }

    /// - Parameter more: fields behind those that every listing has.
    func write(to line: inout JSONLine, more: (inout JSONLine) -> Void = { _ in }) {
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
            more(&line)
        }
    }
}
