internal import CConfinement
internal import Glibc

/// One end of a pair of connected sockets that carry whole messages, and descriptors beside them. Closed with the value.
package struct MessageSocket: ~Copyable {
    package let descriptor: CInt

    /// - Parameter descriptor: of a `SOCK_SEQPACKET` socket; becomes the value's.
    package init(owning descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Two ends, both the caller's and closed by execve(2).
    package static func pair() throws(ConfinementError) -> (ours: CInt, other: CInt) {
        var ends: [CInt] = [-1, -1]
        let kind = CInt(SOCK_SEQPACKET.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .last("socketpair") }
        return (ends[0], ends[1])
    }

    /// - Returns: false when the other end is gone.
    package borrowing func send(_ bytes: [UInt8], _ first: CInt = -1, _ second: CInt = -1) -> Bool {
        unsafe bytes.withUnsafeBytes {
            unsafe headroomSend(descriptor, $0.baseAddress, $0.count, first, second)
        } == bytes.count
    }

    /// Waits for a message. Descriptors that come with it are the caller's, -1 where there are none.
    /// - Returns: nil when the other end is gone.
    package borrowing func receive(limit: Int) -> (bytes: [UInt8], first: CInt, second: CInt)? {
        var first: CInt = -1
        var second: CInt = -1
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe headroomReceive(descriptor, $0.baseAddress, $0.count, &first, &second)
        }
        guard count > 0 else { return nil }
        return (Array(bytes[..<count]), first, second)
    }
}
