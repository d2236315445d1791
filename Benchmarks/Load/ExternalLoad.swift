internal import Foundation

/// Load generators that others know, each a run of a fixed length on the quiet CPU.
///
/// CPU time is all that the tool's processes took, the kernel's part included; wall time is
/// what the tool itself reports.
struct ExternalLoad {
    enum Basis: String {
        case cpu = "% CPU"
        case wall = "% time"
    }

    let title: String
    let operation: String
    /// What its slowdown is judged by.
    let bases: [Basis]
    /// The tool, and the Debian package that has it.
    let tool: String
    let package: String
    let run: () throws -> LoadResult

    /// Two processes on one CPU that hand a byte to and fro.
    static func pipe(roundTrips: Int) throws -> ExternalLoad {
        func run(_ count: Int) throws -> (cpu: Double, wall: Double) {
            let child = try pinned(["perf", "bench", "sched", "pipe", "-l", "\(count)"])
            let ended = try successful(child, "perf bench")
            // "     Total time: 1.463 [sec]"
            let line = child.outputText.split(separator: "\n").first { $0.contains("Total time:") }
            guard
                let seconds = line?.split(separator: " ").lazy.compactMap({ Double($0) }).first
            else { throw BenchError("perf bench printed no total time:\n\(child.outputText)") }
            return (ended.cpuNanoseconds, seconds * 1e9)
        }
        // What perf takes to start is no part of a round trip.
        var startup: Double?
        return ExternalLoad(
            title: "perf bench sched pipe",
            operation: "round trip",
            bases: [.cpu],
            tool: "perf",
            package: "linux-perf",
            run: {
                let overhead = try startup ?? Spread((0..<5).map { _ in try run(1).cpu }).median
                startup = overhead
                let (cpu, wall) = try run(roundTrips)
                return LoadResult(
                    operations: Double(roundTrips),
                    cpuNanoseconds: cpu - overhead,
                    wallNanoseconds: wall
                )
            }
        )
    }

    /// One TCP stream over loopback, client and server on one CPU: on two, how they overlap
    /// moves the figure by more than any probe. An operation is a MiB received.
    static func iperf(mebibytes: Int) -> ExternalLoad {
        struct Report: Decodable {
            struct End: Decodable {
                struct Sum: Decodable {
                    let bytes: Double
                    let seconds: Double
                }
                let sumReceived: Sum
            }
            let end: End
        }
        return ExternalLoad(
            title: "iperf3 loopback",
            operation: "MiB",
            bases: [.cpu],
            tool: "iperf3",
            package: "iperf3",
            run: {
                let port = "\(try Loopback.freePort())"
                let server = try pinned(
                    ["iperf3", "-s", "-1", "-B", "127.0.0.1", "-p", port, "--forceflush"]
                )
                let end = Clock.monotonic() + 5_000_000_000
                while !server.outputText.contains("Server listening") {
                    guard server.poll() == nil, Clock.monotonic() < end else {
                        throw BenchError("iperf3 -s does not listen: \(server.errorText)")
                    }
                    Clock.sleep(seconds: 0.003)
                }
                let client = try pinned(
                    ["iperf3", "-c", "127.0.0.1", "-p", port, "-n", "\(mebibytes)M", "-J"]
                )
                let cpu =
                    try successful(client, "iperf3 -c").cpuNanoseconds
                    + successful(server, "iperf3 -s").cpuNanoseconds
                let sum = try decode(Report.self, client.outputText).end.sumReceived
                return LoadResult(
                    operations: sum.bytes / 1_048_576,
                    cpuNanoseconds: cpu,
                    wallNanoseconds: sum.seconds * 1e9
                )
            }
        )
    }

    /// O_DIRECT reads of 4 KiB, one at a time, from a file on the real disk. The completion
    /// mostly finds the CPU idle, so it is in the time of a read, not in fio's CPU time.
    static func fio(file: DirectFile, milliseconds: Int) -> ExternalLoad {
        struct Report: Decodable {
            struct Job: Decodable {
                struct Read: Decodable {
                    let totalIos: Double
                    let runtime: Double
                }
                let read: Read
                let usrCpu: Double
                let sysCpu: Double
            }
            let jobs: [Job]
        }
        return ExternalLoad(
            title: "fio randread",
            operation: "read",
            bases: [.cpu, .wall],
            tool: "fio",
            package: "fio",
            run: {
                let child = try pinned([
                    "fio", "--name=randread", "--filename=\(file.path)", "--rw=randread",
                    "--bs=4k", "--size=\(DirectFile.bytes)", "--direct=1", "--ioengine=psync",
                    "--norandommap", "--thread", "--time_based", "--runtime=\(milliseconds)ms",
                    "--output-format=json",
                ])
                _ = try successful(child, "fio")
                // Warnings may come before the JSON.
                let text = child.outputText.drop { $0 != "{" }
                let report = try decode(Report.self, String(text))
                guard let job = report.jobs.first, job.read.totalIos > 0 else {
                    throw BenchError("fio read nothing: \(child.errorText)")
                }
                let wall = job.read.runtime * 1e6
                return LoadResult(
                    operations: job.read.totalIos,
                    cpuNanoseconds: (job.usrCpu + job.sysCpu) / 100 * wall,
                    wallNanoseconds: wall
                )
            }
        )
    }

    /// Reads a tool's `snake_case` report.
    private static func decode<Value: Decodable>(_: Value.Type, _ text: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: Data(text.utf8))
    }

    /// First in line on the quiet CPU, and in a process namespace of its own: what the tool forks
    /// ends with it, however it ends.
    private static func pinned(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            ["unshare", "--pid", "--fork", "--kill-child=KILL", "nice", "-n", "-20"]
                + ["taskset", "-c", "\(WorkerThread.quietCPU)"] + arguments
        )
    }

    private static func successful(
        _ child: ChildProcess,
        _ name: String
    ) throws -> ChildProcess.Ended {
        let ended = try child.wait(seconds: 60)
        guard ended.isSuccess else {
            throw BenchError("\(name) failed: \(child.errorText)\(child.outputText)")
        }
        return ended
    }
}
