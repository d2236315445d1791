internal import Agent
internal import Aggregates
internal import Glibc
internal import HeadroomABI
internal import Probes

/// The agent that runs, as `headroom maps` looks at it: what it says of itself in shared memory, and
/// the kernel's objects that it names there.
struct RunningAgent: ~Copyable {
    struct Object {
        let id: UInt32
        let name: String
    }

    var attachment: TableAttachment
    let directory: RuntimeDirectory
    /// As it was when this was made.
    let header: TableHeader

    /// Attaches, or says why that cannot be.
    /// - Parameter inKernel: the command opens maps or programs too, which takes root.
    init(_ location: AgentLocation, inKernel: Bool = true) throws {
        if inKernel, geteuid() != 0 { throw AgentError.needsRoot }
        let directory = try location.directory()
        var attachment = try Self.attach(directory)
        guard let header = attachment.reader.header() else {
            throw AgentError(.failed, "the agent's table stays half written: is the agent stopped?")
        }
        self.attachment = attachment
        self.directory = directory
        self.header = header
    }

    private static func attach(_ directory: RuntimeDirectory) throws(AgentError) -> TableAttachment {
        do throws(AgentError) {
            return try TableAttachment(directory: directory)
        } catch {
            throw AgentSearch.explained(error)
        }
    }

    var maps: [Object] { objects(\.maps, header.map_count) }
    var programs: [Object] { objects(\.programs, header.program_count) }

    /// The map called `name`, or an error that names the nearest one there is.
    func map(_ name: String) throws -> Object {
        if let found = maps.first(where: { $0.name == name }) { return found }
        let known = maps.map(\.name) + [Self.tableName]
        throw AgentError(
            .failed, NearestName.complaint("no map \"\(name)\"", name, among: known, all: "there are"))
    }

    /// What the agent shares in memory, shown as a map among the others.
    static let tableName = "aggregates"

    /// Unix nanoseconds.
    static var now: UInt64 { UInt64(max(0, MonotonicClock.now() + MonotonicClock.unixOffset())) }

    /// The process: its name and number, `headroom 4711`.
    var owner: String {
        let pid = header.agent_pid
        let name = (try? TextFile.read("/proc/\(pid)/comm"))?.split(separator: "\n").first
        return "\(name.map(String.init) ?? "process") \(pid)"
    }

    private func objects<Array>(
        _ array: KeyPath<hr_table_header, Array>, _ count: UInt32
    ) -> [Object] {
        header.elements(of: array, as: hr_table_object.self, first: Int(count)).map {
            Object(id: $0.id, name: TableText.read($0.name))
        }
    }
}
