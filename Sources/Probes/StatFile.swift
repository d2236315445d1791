internal import Glibc

/// Files of lines `name value`, without allocation: cpu.stat, memory.stat, memory.events.
enum StatFile {
    /// Hands over the text behind a descriptor, from its beginning; empty when it cannot be read.
    static func read<Result>(
        _ descriptor: CInt, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        unsafe withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 8) { buffer in
            let count = unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0)
            return unsafe body(UnsafeRawBufferPointer(rebasing: buffer.prefix(max(0, count))))
        }
    }

    /// As `read`, of a file under a directory's descriptor; nil when there is none.
    static func read<Result>(
        _ name: StaticString, in directory: CInt, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result? {
        let descriptor = unsafe openat(
            directory, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self),
            O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return unsafe read(descriptor, body)
    }

    /// Calls `body` with each line's name and the number that follows it.
    static func forEach(
        _ text: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, UInt64) -> Void
    ) {
        var at = 0
        while at < text.count {
            let start = at
            while at < text.count, unsafe text[at] != 32, unsafe text[at] != 10 { at += 1 }
            let name = unsafe UnsafeRawBufferPointer(rebasing: text[start..<at])
            if at < text.count, unsafe text[at] == 32 { at += 1 }
            unsafe body(name, number(text, &at))
            while at < text.count, unsafe text[at] != 10 { at += 1 }
            at += 1
        }
    }

    /// The digits from `at` on, which then stands behind them.
    static func number(_ text: UnsafeRawBufferPointer, _ at: inout Int) -> UInt64 {
        var value: UInt64 = 0
        while at < text.count, unsafe text[at] >= 48, unsafe text[at] <= 57 {
            value = value &* 10 &+ UInt64(unsafe text[at] - 48)
            at += 1
        }
        return value
    }

    /// The number a file of a limit begins with; nil for the word `max`.
    static func limit(_ text: UnsafeRawBufferPointer) -> UInt64? {
        var at = 0
        let value = unsafe number(text, &at)
        return at > 0 ? value : nil
    }

    static func equal(_ name: UnsafeRawBufferPointer, _ expected: StaticString) -> Bool {
        guard name.count == expected.utf8CodeUnitCount else { return false }
        guard let start = name.baseAddress else { return true }
        return unsafe memcmp(start, expected.utf8Start, name.count) == 0
    }

    /// The numbers behind `total=` of a pressure file, in nanoseconds: some, full.
    static func pressure(_ text: UnsafeRawBufferPointer) -> (some: UInt64, full: UInt64) {
        var totals: [UInt64] = [0, 0]
        var line = 0
        var at = 0
        while at < text.count, line < 2 {
            if unsafe text[at] == 61, at >= 5, unsafe text[at - 1] == 108 {  // "total="
                at += 1
                totals[line] = unsafe number(text, &at) &* 1000
                line += 1
            }
            at += 1
        }
        return (totals[0], totals[1])
    }
}
