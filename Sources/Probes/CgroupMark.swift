internal import CLibBPF
internal import Glibc

/// An extended attribute of a cgroup's directory: says whose it is, and goes with it. Needs
/// CAP_SYS_ADMIN for names that begin with `trusted.`.
package enum CgroupMark {
    /// - Returns: 0, or errno.
    package static func set(_ text: String, named name: String, on directory: String) -> CInt {
        unsafe setxattr(directory, name, text, text.utf8.count, 0) == 0 ? 0 : errno
    }

    /// Nil when there is none, or one of more than 256 bytes.
    package static func read(_ name: String, of directory: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = unsafe getxattr(directory, name, &bytes, bytes.count)
        return count >= 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }
}
