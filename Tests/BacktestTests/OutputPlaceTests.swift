import Backtest
import Capacity
import Glibc
import Testing

/// What is named as an output may be a device, a pipe or a link. Needs root for a device of its own.
@Suite struct OutputPlaceTests {
    private let folder: SimulationFolder

    init() throws { folder = try SimulationFolder() }

    private func mode(_ path: String) throws -> mode_t {
        var found = stat()
        try #require(unsafe lstat(path, &found) == 0)
        return found.st_mode & S_IFMT
    }

    private func plot(to path: String) throws {
        let trace = try folder.write("web.csv", "timestamp_s,cpu\n0,1\n60,2\n120,1\n")
        let configuration = BacktestConfiguration(
            horizonsSeconds: [60], quantiles: [0.9], predictionsDirectory: nil, plotPath: path)
        _ = try Backtest(configuration: configuration).run(paths: [trace])
    }

    @Test(.enabled(if: geteuid() == 0)) func aDeviceIsWrittenAndStays() throws {
        let device = "\(folder.path)/null"
        // As /dev/null: 1, 3.
        try #require(unsafe mknod(device, S_IFCHR | 0o666, 0x103) == 0)
        try plot(to: device)
        try OutputPlace.write([1, 2], to: device)
        #expect(try mode(device) == S_IFCHR)
        #expect(SimulationFolder.entries(folder.path) == ["null", "web.csv"])
    }

    @Test func aFullDeviceIsAnErrorThatNamesIt() throws {
        #expect {
            try plot(to: "/dev/full")
        } throws: {
            "\($0)" == "cannot write: write /dev/full: No space left on device"
        }
        #expect(try mode("/dev/full") == S_IFCHR)
    }

    @Test func whatALinkLeadsToIsReplacedAndTheLinkStays() throws {
        let real = try folder.write("real.svg", "old")
        let link = "\(folder.path)/link.svg"
        try #require(unsafe symlink("real.svg", link) == 0)
        try plot(to: link)
        #expect(try mode(link) == S_IFLNK)
        #expect(try mode(real) == S_IFREG)
        #expect(folder.read("real.svg")?.hasPrefix("<svg") == true)
    }

    /// As /dev/stdout of `headroom report -o /dev/stdout >> log`.
    @Test func whatIsOpenAlreadyIsWrittenAtItsEnd() throws {
        let log = try folder.write("log", "before\n")
        let descriptor = unsafe open(log, O_WRONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let link = "\(folder.path)/link"
        try #require(unsafe symlink("/proc/self/fd/\(descriptor)", link) == 0)
        try OutputPlace.write(Array("report\n".utf8), to: link)
        try OutputPlace.write(Array("another\n".utf8), to: "/proc/self/fd/\(descriptor)")
        #expect(folder.read("log") == "before\nreport\nanother\n")
        try plot(to: link)
        #expect(folder.read("log")?.hasPrefix("before\nreport\nanother\n<svg") == true)
        var (open, named) = (stat(), stat())
        try #require(unsafe fstat(descriptor, &open) == 0)
        try #require(unsafe lstat(log, &named) == 0)
        #expect(open.st_ino == named.st_ino, "the file that is open is the one with the name")
        #expect(SimulationFolder.entries(folder.path) == ["link", "log", "web.csv"])
    }

    @Test(.enabled(if: geteuid() == 0)) func anotherUsersLinkIsNotFollowed() throws {
        let real = try folder.write("real.svg", "old")
        let link = "\(folder.path)/link.svg"
        try #require(unsafe symlink(real, link) == 0 && lchown(link, 65_534, 65_534) == 0)
        #expect(throws: BacktestError.self) { try plot(to: link) }
        #expect(folder.read("real.svg") == "old")
    }

    @Test func aDirectoryOrASocketIsNoOutput() throws {
        #expect(throws: FileError(call: "write", path: folder.path, code: EISDIR)) {
            try OutputPlace.write([1], to: folder.path)
        }
    }
}
