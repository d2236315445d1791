internal import Probes

/// Has the kernel count the programs' runs while that is wished.
final class LocalStatistics {
    private var held: BPFStatistics?

    /// - Returns: false when the kernel refuses.
    func count(_ isWished: Bool) -> Bool {
        held = nil
        guard isWished else { return true }
        guard let counting = try? BPFStatistics() else { return false }
        held = consume counting
        return true
    }
}
