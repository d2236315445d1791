import Glibc

/// libFuzzer's loop around one of the targets: HEADROOM_FUZZ_TARGET=history headroom-fuzz [libFuzzer's options].
///
/// The name comes by the environment because libFuzzer starts itself again with its own options (-merge, -fork).
@main enum FuzzProgram {
    private static let target: FuzzTarget? = FuzzTarget.all.first { $0.name == wanted }
    private static let wanted = unsafe getenv("HEADROOM_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""

    static func main() {
        guard target != nil else {
            // What scripts/fuzz asks for: names and the largest input of each.
            for target in FuzzTarget.all { print(target.name, target.largest) }
            exit(wanted.isEmpty ? 0 : 2)
        }
        var count = CommandLine.argc
        var arguments = unsafe CommandLine.unsafeArgv
        exit(unsafe fuzzerDriver(&count, &arguments, one))
    }

    private static let one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt = { start, count in
        let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
        do {
            try target!.run(bytes)
        } catch {
            let text = Array("FINDING: \(error)\n".utf8)
            _ = unsafe write(STDERR_FILENO, text, text.count)
            abort()
        }
        return 0
    }
}

/// Of libclang_rt.fuzzer_no_main: the one with a `main` is in the way of Swift's.
@_silgen_name("LLVMFuzzerRunDriver")
private func fuzzerDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
