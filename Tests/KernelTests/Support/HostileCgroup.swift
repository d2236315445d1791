import Glibc

/// A cgroup whose name is whatever bytes a container that may make cgroups chooses.
final class HostileCgroup {
    /// Of the directory, without its end.
    private let path: [CChar]
    private var load: ChildProcess?

    /// Nil when the kernel refuses the name.
    init?(_ name: [UInt8], in directory: [UInt8]) {
        precondition(!name.contains(0) && !name.contains(UInt8(ascii: "/")), "no name of a file")
        path = (directory + [UInt8(ascii: "/")] + name + [0]).map { CChar(bitPattern: $0) }
        guard unsafe mkdir(path, 0o755) == 0 else { return nil }
    }

    var directory: [UInt8] { path.dropLast().map { UInt8(bitPattern: $0) } }

    deinit {
        load?.stop(SIGKILL)
        for _ in 0..<200 where unsafe rmdir(path) != 0 && errno == EBUSY { usleep(10_000) }
    }

    /// Uses some of a CPU in it until the value goes.
    func work(_ script: String) throws {
        let process = try ChildProcess(["/bin/bash", "-c", script])
        load = process
        let procs = path.dropLast() + Array("/cgroup.procs".utf8CString)
        let file = unsafe open(Array(procs), O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw TestFailure("open cgroup.procs: errno \(errno)") }
        defer { close(file) }
        let text = "\(process.pid)"
        guard unsafe write(file, text, text.utf8.count) > 0 else { throw TestFailure("cgroup.procs: errno \(errno)") }
    }
}

/// What text from strangers must not bring to a terminal, a script or a page.
enum Harm {
    /// The first thing in `bytes` that is not text on lines: where it is, and what is around it.
    static func first(in bytes: [UInt8]) -> String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return "not UTF-8" }
        var line = 1
        var before = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0a:
                line += 1
                before = ""
                continue
            case 0..<0x20, 0x7f...0x9f, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff:
                return "U+\(String(scalar.value, radix: 16)) in line \(line) behind \"\(before.suffix(80))\""
            default: before.unicodeScalars.append(scalar)
            }
        }
        return nil
    }
}
