import Foundation
import Glibc

/// Suspend to RAM, woken by the machine's clock. Not to idle: in qemu's PC that clock's interrupt does not end it, as Linux arms
/// ACPI's alarm in its place, which qemu gives in sleep states alone.
enum Suspend {
    private static let alarm = "/sys/class/rtc/rtc0/wakealarm"
    private static let kinds = "/sys/power/mem_sleep"

    /// Why it cannot be done; nil when it can.
    static let obstacle: String? = {
        func text(_ path: String) -> String {
            ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        }
        // The disk of a 5.10 reads with errors later: "Bus error" for whoever is read from it.
        guard Host.isKernel(from: (6, 1)) else { return "before 6.1 qemu's NVMe device is not the same after it" }
        guard text("/sys/power/state").contains("mem") else { return "/sys/power/state is \"\(text("/sys/power/state"))\": no mem" }
        guard text(kinds).contains("deep") else { return "\(kinds) is \"\(text(kinds))\": no deep" }
        guard unsafe access(alarm, W_OK) == 0 else { return "no clock that can wake it: \(alarm): errno \(errno)" }
        return nil
    }()

    /// - Returns: how long it took, in seconds, by the clocks that go on in a suspend and by the one that does not.
    static func toMemory(seconds: Int) throws -> (boottime: Double, monotonic: Double, realtime: Double) {
        try TestCgroup.write("deep", to: kinds)
        try TestCgroup.write("0", to: alarm)
        let before = [CLOCK_BOOTTIME, CLOCK_MONOTONIC, CLOCK_REALTIME].map(Moment.read)
        try TestCgroup.write("+\(seconds)", to: alarm)
        try TestCgroup.write("mem", to: "/sys/power/state")
        let after = [CLOCK_BOOTTIME, CLOCK_MONOTONIC, CLOCK_REALTIME].map(Moment.read)
        // It would go on interrupting.
        try? TestCgroup.write("0", to: alarm)
        return (after[0] - before[0], after[1] - before[1], after[2] - before[2])
    }
}
