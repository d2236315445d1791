internal import CConfinement
internal import Glibc

/// A step of giving rights up that the kernel did not take.
package struct ConfinementError: Error, Hashable, Sendable, CustomStringConvertible {
    package let call: String
    package let code: CInt

    static func last(_ call: String) -> ConfinementError {
        ConfinementError(call: call, code: errno)
    }

    package var isPermission: Bool { code == EPERM || code == EACCES }
    package var description: String { "\(call): \(unsafe String(cString: strerror(code)))" }
}

/// Gives up what this process may do, for good. All of it is a thread's in Linux and inherited by those that it starts: call
/// it while there is one thread, else the others keep what they have.
package enum Confinement {
    /// Becomes `user`, if one is given, keeps of its capabilities those of `kept` alone, and gains none by what it executes.
    ///
    /// What it does not hold it cannot keep. Descriptors stay as they are.
    package static func giveUp(
        keeping kept: CapabilitySet,
        user: (uid: UInt32, gid: UInt32)?
    ) throws(ConfinementError) {
        // Takes CAP_SETPCAP. A process without it cannot get more than it holds: nothing is executed with more after this.
        if headroomBoundCapabilities(kept.rawValue) != 0, errno != EPERM {
            throw .last("prctl PR_CAPBSET_DROP")
        }
        if let user {
            guard headroomKeepCapabilities(true) == 0 else { throw .last("prctl PR_SET_KEEPCAPS") }
            guard setgroups(0, nil) == 0 else { throw .last("setgroups") }
            guard setgid(user.gid) == 0 else { throw .last("setgid \(user.gid)") }
            guard setuid(user.uid) == 0 else { throw .last("setuid \(user.uid)") }
            guard headroomKeepCapabilities(false) == 0 else { throw .last("prctl PR_SET_KEEPCAPS") }
        }
        guard headroomGainNothing() == 0 else { throw .last("prctl PR_SET_NO_NEW_PRIVS") }
        try hold(effective: kept, permitted: kept)
    }

    /// - Parameter permitted: what may be taken up again.
    package static func hold(
        effective: CapabilitySet,
        permitted: CapabilitySet
    ) throws(ConfinementError) {
        guard headroomHoldCapabilities(effective.rawValue, permitted.rawValue) == 0 else {
            throw .last("capset")
        }
    }

    /// From now on system calls that are not in the agent's list (filter.c) fail with EPERM and are counted.
    /// - Parameter isFatal: they end the process instead.
    package static func filterCalls(isFatal: Bool) throws(ConfinementError) {
        guard headroomFilterCalls(isFatal) == 0 else { throw .last("seccomp") }
    }

    /// Calls that the filter refused since it is there, and the newest one's number.
    package static var refusedCalls: (count: UInt64, newest: Int) {
        var number: CInt = -1
        let count = unsafe headroomRefusedCalls(&number)
        return (count, Int(number))
    }

    /// For tests of the filter.
    package static func tryForbiddenCall() -> Bool { headroomTryForbiddenCall() >= 0 }

    /// Of the calling thread, for `top -H`; at most 15 bytes.
    package static func nameThread(_ name: String) { _ = unsafe headroomNameThread(name) }
}
