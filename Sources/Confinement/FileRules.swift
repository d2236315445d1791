internal import CConfinement
internal import Glibc

/// Where a process may read and write from then on, whatever its user may: Landlock (landlock(7)).
///
/// What is open already stays open. Nothing is executed any more, no connection is made, and, from kernel 6.12 on, no process
/// but this one is signalled.
package struct FileRules: Sendable {
    /// Files, or directories with all below them. What is not there is left out.
    package var readable: [String] = []
    /// To be written and read; in directories entries are made, renamed and removed too.
    package var writable: [String] = []
    /// TCP ports to listen on.
    package var ports: [UInt16] = []

    package init() {}

    /// The version of Landlock's interface here; 0: there is none.
    package static var version: Int { Int(headroomLandlockVersion()) }

    /// - Returns: what was left out, as it is not there.
    @discardableResult
    package func enforce() throws(ConfinementError) -> [String] {
        let version = headroomLandlockVersion()
        let ruleset = headroomLandlockBegin(version, true)
        guard ruleset >= 0 else { throw .last("landlock_create_ruleset") }
        var missing: [String] = []
        do throws(ConfinementError) {
            let reading = CInt(HEADROOM_MAY_READ)
            for (paths, rights) in [
                (readable, reading), (writable, reading | CInt(HEADROOM_MAY_WRITE)),
            ] {
                for path in paths
                where unsafe headroomLandlockAllow(ruleset, version, path, rights) != 0 {
                    guard errno == ENOENT || errno == ENOTDIR else {
                        throw .last("landlock_add_rule \(path)")
                    }
                    missing.append(path)
                }
            }
            for port in ports where headroomLandlockAllowPort(ruleset, version, port) != 0 {
                throw .last("landlock_add_rule port \(port)")
            }
        } catch {
            close(ruleset)
            throw error
        }
        guard headroomLandlockEnforce(ruleset) == 0 else { throw .last("landlock_restrict_self") }
        return missing
    }
}
