import Agent
import Aggregates
import Foundation
import Glibc
import HeadroomABI

/// What an agent says it holds in the kernel.
struct KernelObjects {
    var maps: [(id: UInt32, name: String)] = []
    var programs: [(id: UInt32, name: String)] = []
}

/// A directory of the test's own: outputs, recordings, and a runtime directory, so that an
/// agent on this host is not disturbed.
final class Scratch {
    let directory: String
    var runtime: String { directory + "/run" }

    init() throws {
        directory = NSTemporaryDirectory() + TestCgroup.uniqueName("scratch")
        guard unsafe mkdir(directory, 0o755) == 0 else {
            throw TestFailure("mkdir \(directory): errno \(errno)")
        }
    }

    deinit {
        SanitizedAgent.keepReports(of: directory)
        try? FileManager.default.removeItem(atPath: directory)
    }

    var environment: [String] {
        [
            "HEADROOM_RUNTIME_DIRECTORY=\(runtime)", "HEADROOM_STATE_DIRECTORY=\(path("state"))",
            // A system call that the agent's filter does not allow ends it: no test passes over one.
            "HEADROOM_SECCOMP=kill",
        ] + SanitizedAgent.environment
    }

    func path(_ name: String) -> String { directory + "/" + name }

    /// Starts the command with its output in `output` and its errors in `errors`.
    func start(
        _ arguments: [String], output: String = "output", binary: String = Host.command
    ) throws -> ChildProcess {
        try ChildProcess(
            [binary] + arguments, environment: environment,
            output: path(output), error: path("errors"), directory: directory)
    }

    func startAsNobody(_ arguments: [String]) throws -> ChildProcess {
        // The build directory may be closed to others: hand the command over by descriptor.
        let copy = path("headroom")
        if unsafe access(copy, F_OK) != 0 {
            try FileManager.default.copyItem(atPath: Host.command, toPath: copy)
            unsafe chmod(copy, 0o755)
        }
        return try ChildProcess(
            ["/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", copy]
                + arguments,
            environment: environment, output: path("output"),
            error: path("errors"), directory: directory)
    }

    func text(_ name: String = "output") throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    var errors: String { (try? text("errors")) ?? "" }

    /// The output's lines, each parsed as a JSON object.
    func lines(_ name: String = "output") throws -> [[String: Any]] {
        try text(name).split(separator: "\n").map { line in
            guard
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                    as? [String: Any]
            else { throw TestFailure("not a JSON object: \(line)") }
            return object
        }
    }

    /// Lines that the engine gives, live or replayed; not what only a live agent can say.
    func engineLines(_ name: String = "output") throws -> [String] {
        try text(name).split(separator: "\n").map(String.init).filter {
            !$0.hasPrefix("{\"type\":\"self\"") && !$0.contains("\"event\":\"agent_started\"")
        }
    }

    /// Waits until the agent shows its objects.
    func kernelObjects() throws -> KernelObjects {
        // An agent is up in half a second; an emulated CPU has taken twenty.
        for _ in 0..<400 * Host.scale {
            usleep(50_000)
            guard
                var attachment = try? TableAttachment(directory: RuntimeDirectory(path: runtime)),
                let header = attachment.reader.header(), header.program_count > 0, header.ticks > 0
            else { continue }
            var objects = KernelObjects()
            func entries<Array>(
                _ array: KeyPath<hr_table_header, Array>, _ count: UInt32
            ) -> [(id: UInt32, name: String)] {
                header.elements(of: array, as: hr_table_object.self, first: Int(count)).map {
                    ($0.id, TableText.read($0.name))
                }
            }
            objects.maps = entries(\.maps, header.map_count)
            objects.programs = entries(\.programs, header.program_count)
            return objects
        }
        throw TestFailure("the agent did not come up: \(errors)")
    }
}
