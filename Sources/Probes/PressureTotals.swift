internal import HeadroomABI

/// What the three pressure files of a cgroup, or of the host, say: nanoseconds, some and full.
struct PressureTotals {
    typealias Totals = (some: UInt64, full: UInt64)
    let cpu: Totals
    let memory: Totals
    let io: Totals

    func fill(_ detail: inout hr_detail, timeNanoseconds: UInt64) {
        detail.pressure_ns = (cpu.some, cpu.full, memory.some, memory.full, io.some, io.full)
        detail.pressure_time_ns = timeNanoseconds
        detail.parts |= HR_PART_PRESSURE.rawValue
    }
}
