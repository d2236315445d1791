import Glibc

/// A directory of its own under /tmp, removed with what is in it when the test ends.
final class SimulationFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/headroom-simulation-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer -> String? in
            guard let name = unsafe mkdtemp(buffer.baseAddress!) else { return nil }
            return unsafe String(cString: name)
        }
        guard let made else { throw SimulationFolderError(errno: errno) }
        path = made
    }

    deinit { SimulationFolder.remove(path) }

    /// Writes a file and returns its path.
    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        guard let handle = unsafe fopen(file, "w") else {
            throw SimulationFolderError(errno: errno)
        }
        unsafe fputs(text, handle)
        unsafe fclose(handle)
        return file
    }

    /// The file's text, or `nil` when there is none.
    func read(_ name: String) -> String? {
        guard let handle = unsafe fopen("\(path)/\(name)", "r") else { return nil }
        defer { unsafe fclose(handle) }
        var bytes: [UInt8] = []
        while true {
            let byte = unsafe fgetc(handle)
            guard byte != EOF else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(UInt8(byte))
        }
    }

    /// Names of the entries of a directory, sorted.
    static func entries(_ path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func remove(_ path: String) {
        for name in entries(path) { remove("\(path)/\(name)") }
        unsafe Glibc.remove(path)
    }
}

struct SimulationFolderError: Error {
    let errno: Int32
}
