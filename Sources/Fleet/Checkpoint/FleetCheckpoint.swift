internal import Aggregates
package import Capacity
internal import FoundationEssentials
internal import Forecast

/// What was learned, kept in a file that is replaced whole or not at all.
package struct FleetCheckpoint: Sendable {
    package enum Outcome: Sendable, Equatable {
        /// There is no file: a first start.
        case none
        case restored(Summary)
        /// Nothing of it was used; it was set aside where that was possible.
        case refused(String)
    }

    package struct Summary: Sendable, Equatable {
        package var restored: Int
        package var refused = 0
        /// The first one's.
        package var reason: String?

        package init(restored: Int = 0) { self.restored = restored }

        mutating func refuse(_ why: String) {
            refused += 1
            reason = reason ?? why
        }
    }

    private static let limit = 1 << 30
    package let path: String

    package init(path: String) { self.path = path }

    package static func encoded(_ fleets: [ResourceFleet]) -> [UInt8] {
        var checkpoint = Checkpoint()
        for fleet in fleets {
            var time: [UInt8] = []
            time.appendLittleEndian(fleet.timeNanoseconds)
            // First: what is restored after it is known to be of that time.
            checkpoint.add(time, key: FleetKey.time(fleet.resource).text)
            fleet.add(to: &checkpoint)
        }
        return checkpoint.encoded()
    }

    package func write(_ bytes: [UInt8]) throws(FileError) { try AtomicFile.write(bytes, to: path) }

    /// Gives back to `fleets` what the file has.
    package func read(into fleets: inout [ResourceFleet]) -> Outcome {
        guard FileManager.default.fileExists(atPath: path) else { return .none }
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            return .refused("\(path): it cannot be read; forecasts start from Prometheus' history")
        }
        guard data.count <= Self.limit else {
            return .refused("\(path): \(data.count) bytes, more than \(Self.limit); forecasts start from Prometheus' history")
        }
        do throws(CheckpointError) {
            return .restored(Self.restore(try Checkpoint(decoding: Array(data)), into: &fleets))
        } catch {
            let aside = AtomicFile.setAside(path)
            return .refused(
                "\(path): \(error); forecasts start from Prometheus' history"
                    + (aside.map { ", the file is kept as \($0)" } ?? ""))
        }
    }

    private static func restore(_ checkpoint: Checkpoint, into fleets: inout [ResourceFleet]) -> Summary {
        var summary = Summary()
        for (index, text) in checkpoint.keys.enumerated() {
            guard let key = FleetKey(text) else {
                summary.refuse("\"\(text)\" names no series")
                continue
            }
            guard let fleet = fleets.firstIndex(where: { $0.resource == key.resource }) else {
                summary.refuse("\(key.resource.name) is not planned")
                continue
            }
            do throws(CheckpointError) {
                let isTaken = try restore(key, at: index, of: checkpoint, into: &fleets[fleet])
                if isTaken { summary.restored += 1 } else { summary.refuse("\"\(text)\" is configured otherwise now") }
            } catch {
                summary.refuse("\(error)")
            }
        }
        return summary
    }

    private static func restore(
        _ key: FleetKey, at index: Int, of checkpoint: Checkpoint, into fleet: inout ResourceFleet
    ) throws(CheckpointError) -> Bool {
        switch key {
        case .application(_, let name):
            fleet.restore(
                application: name,
                try checkpoint.series(at: index, configuration: fleet.applicationForecasts))
            return true
        case .pool(_, let name):
            return fleet.restore(
                pool: name, try checkpoint.series(at: index, configuration: fleet.poolForecasts))
        case .plan(_, let name): return fleet.restore(plan: name, checkpoint.state(at: index))
        case .time:
            var reader = ByteReader(checkpoint.state(at: index))
            guard let time = reader.read(Int64.self) else { return false }
            fleet.restore(timeNanoseconds: time)
            return true
        }
    }
}

extension FleetKey {
    var resource: Resource {
        switch self {
        case .application(let resource, _), .pool(let resource, _), .plan(let resource, _), .time(let resource):
            resource
        }
    }
}
