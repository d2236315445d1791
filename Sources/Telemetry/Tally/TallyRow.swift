internal import Aggregates
internal import HeadroomABI

/// What a cgroup, or the node, has counted up.
struct TallyRow: Sendable {
    /// Of the shared table, and who in it.
    var slot = -1
    var generation: UInt64 = 0
    var cgroupID: UInt64 = 0
    var path = ""
    /// Whose work it does, as last told.
    var workload: Workload?
    /// No cgroups inside, in its last window.
    var isLeaf = false
    /// Parts of the details that were ever told.
    var parts: UInt32 = 0
    var counts = Counts()
    var shortPeak = PeakHold()
    var longPeak = PeakHold()
    /// Seconds.
    var longestWait = PeakHold()

    mutating func add(_ flow: Counts, _ window: Window, _ detail: WindowDetail?) {
        counts &+= flow
        let time = window.end_ns
        // Without details nothing happened; an old peak must still age.
        shortPeak.see(detail?.cpu_peak_10ms_cores ?? 0, at: time)
        longPeak.see(detail?.cpu_peak_100ms_cores ?? 0, at: time)
        longestWait.see(Float(Double(detail?.delay_max_ns ?? 0) / 1e9), at: time)
        if let detail { parts |= detail.parts }
    }
}
