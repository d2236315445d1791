import Glibc
import Testing

extension KernelSuite {
    /// The one file that a node needs; `scripts/build-static` makes it.
    @Suite(.enabled(if: StaticBinary.isBuilt, "no static binary: run scripts/build-static"))
    struct StaticBinaryTests {
        @Test func runsAloneInAnEmptyDirectoryWithAnEmptyEnvironment() throws {
            let scratch = try Scratch()
            var absolute = [CChar](repeating: 0, count: Int(PATH_MAX))
            _ = unsafe realpath(StaticBinary.path, &absolute)
            let path = String(
                decoding: absolute.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            let empty = scratch.path("empty")
            unsafe mkdir(empty, 0o755)
            // chroot: no library, no /usr, only what the kernel itself shows.
            let copied = try ChildProcess(
                [
                    "/bin/sh", "-c",
                    """
                    cd '\(empty)' && mkdir proc sys run && cp '\(path)' headroom &&
                    exec unshare --mount sh -c 'mount --rbind /proc proc && mount --rbind /sys sys &&
                    exec env -i /usr/sbin/chroot . /headroom run --json --duration 2'
                    """,
                ], output: scratch.path("output"), error: scratch.path("errors"))
            #expect(copied.exitCode == 0, "\(scratch.errors)")
            let lines = try scratch.lines()
            #expect(lines.contains { $0["type"] as? String == "window" })
            #expect(lines.contains { $0["type"] as? String == "request" })
        }
    }
}

/// Where `scripts/build-static` puts it, or `HEADROOM_STATIC_BINARY`.
enum StaticBinary {
    static let path: String = {
        if let named = unsafe getenv("HEADROOM_STATIC_BINARY") {
            return unsafe String(cString: named)
        }
        return ".build-static/headroom"
    }()

    static var isBuilt: Bool {
        let isThere = unsafe access(path, X_OK) == 0
        if !isThere { print("SKIPPED the static binary's test: no \(path)") }
        return isThere
    }
}
