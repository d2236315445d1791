import Glibc

/// A socket that listens on loopback and accepts nobody: its queue holds one connection.
final class DeafListener {
    private let listener: LoopbackListener
    var port: UInt16 { listener.port }

    init() throws { listener = try LoopbackListener(queue: 0) }

    deinit { close(listener.descriptor) }
}
