internal import Glibc

enum HostName {
    /// As the kernel has it.
    static var current: String {
        var name = [UInt8](repeating: 0, count: 256)
        let failed = unsafe name.withUnsafeMutableBytes {
            unsafe gethostname($0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count - 1)
        }
        return failed == 0 ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "unknown"
    }
}
