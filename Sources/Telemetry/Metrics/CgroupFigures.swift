internal import Aggregates
internal import HeadroomABI

/// A cgroup as a page of metrics needs it: what it counted, and its slot's gauges. The slot itself
/// is not kept; it is eight times as large.
struct CgroupFigures {
    let row: TallyRow
    /// `cgroup` and `leaf`, escaped; empty for the node.
    let labels: [UInt8]
    let window: Window
    let anonBytes: UInt64
    let fileBytes: UInt64
    let kernelBytes: UInt64
    let memoryLimit: UInt64?
    let cpuLimit: Float
    private let parts: UInt32
    private let pressures: (Float, Float, Float, Float, Float, Float)
    let forecasts: [Double]

    /// Nil when the slot is another's by now.
    init?(_ row: TallyRow, isNode: Bool, _ table: inout TableReader, _ axes: ForecastAxes) {
        guard row.slot >= 0, row.slot < table.slotCount, let slot = table.slot(row.slot),
            slot.generation == row.generation, slot.window.end_ns > 0
        else { return nil }
        self.row = row
        labels = isNode ? [] : Self.labels(row.path, isLeaf: row.isLeaf)
        window = slot.window
        let detail = slot.detail
        anonBytes = detail.memory_anon_bytes
        fileBytes = detail.memory_file_bytes
        kernelBytes = detail.memory_kernel_bytes
        memoryLimit = detail.memoryLimit
        cpuLimit = detail.cpu_limit_cores
        parts = detail.parts | row.parts
        pressures = detail.pressure
        forecasts = axes.values(slot)
    }

    static func labels(_ path: String, isLeaf: Bool) -> [UInt8] {
        Array("\(MetricPage.label("cgroup", path)),leaf=\"\(isLeaf)\"".utf8)
    }

    func knows(_ part: hr_detail_parts) -> Bool { parts & part.rawValue != 0 }
    var knowsPeaks: Bool { parts & UInt32(HR_PART_PEAKS) != 0 }

    func pressure(_ path: KeyPath<(Float, Float, Float, Float, Float, Float), Float>) -> Double? {
        knows(HR_PART_PRESSURE) ? Double(pressures[keyPath: path]) : nil
    }
}
