internal import Glibc
internal import HeadroomABI

/// Asks the kernel to tell when tasks of the host stall on memory or I/O.
///
/// The kernel looks ten times in the watched second, and only while something stalls. Without
/// CAP_SYS_RESOURCE it takes windows of two seconds only: those are used then.
struct PressureTrigger: ~Copyable {
    /// To poll for POLLPRI.
    let descriptor: CInt
    let what: UInt32
    /// Nanoseconds of stall in a second that count as an alarm.
    let threshold: UInt64

    init(file: String, what: hr_event_what, threshold: UInt64) throws(BPFError) {
        let opened = unsafe open(file, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else { throw .last("open", file) }
        let isSet = [1, 2].contains { (seconds: UInt64) in
            let text = "some \(threshold * seconds / 1000) \(seconds * 1_000_000)"
            return unsafe write(opened, text, text.utf8.count + 1) > 0
        }
        guard isSet else {
            let error = BPFError.last("write a trigger to", file)
            close(opened)
            throw error
        }
        descriptor = opened
        self.what = what.rawValue
        self.threshold = threshold
    }

    deinit { close(descriptor) }

    /// The alarm as the kernel's own events come.
    func event(rootID: UInt64, timeNanoseconds: UInt64) -> hr_event {
        hr_event(
            kind: HR_KIND_EVENT.rawValue, what: what, time_ns: timeNanoseconds, cgroup_id: rootID,
            value: threshold)
    }
}
