internal import Aggregates
package import Forecast

/// What was learned, kept where it is replaced whole or not at all.
package struct FleetCheckpoint: Sendable {
    package enum Outcome: Sendable, Equatable {
        /// There is none: a first start.
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

    /// What of it is given back.
    package enum Scope: Sendable {
        /// At a start: everything.
        case all
        /// To one that has seen the same samples itself: what only the one that acts learns. What was
        /// learned of series is taken as well where the checkpoint is of a later time.
        case acting
    }

    package let store: any CheckpointStore

    package init(store: any CheckpointStore) { self.store = store }

    /// In a file.
    package init(path: String) { store = FileCheckpointStore(path: path) }

    package var name: String { store.name }

    /// With `hasApplications` the applications' own forecasts are in it, which only explain plans.
    package static func encoded(
        _ fleets: [ResourceFleet],
        _ containers: [ContainerFleet] = [],
        hasApplications: Bool = true
    ) -> [UInt8] {
        var checkpoint = Checkpoint()
        for fleet in fleets {
            // First: what is restored after it is known to be of that time.
            checkpoint.add(encoded(fleet.timeNanoseconds), key: FleetKey.time(fleet.resource).text)
            fleet.add(to: &checkpoint, hasApplications: hasApplications)
        }
        for fleet in containers {
            checkpoint.add(encoded(fleet.timeNanoseconds), key: FleetKey.containerTime(fleet.resource).text)
            fleet.add(to: &checkpoint)
        }
        return checkpoint.encoded()
    }

    private static func encoded(_ time: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(time)
        return bytes
    }

    private static func time(_ bytes: ArraySlice<UInt8>) -> Int64? {
        var reader = ByteReader(bytes)
        return reader.read(Int64.self)
    }

    /// - Parameter onlyNews: nothing of what was read or written here last.
    /// - Returns: what there is; nil when there is none.
    package func read(onlyNews: Bool = false) async throws(CheckpointStoreError) -> Checkpoint? {
        guard let bytes = onlyNews ? try await store.readNews() : try await store.read() else { return nil }
        do throws(CheckpointError) {
            return try Checkpoint(decoding: bytes)
        } catch {
            let aside = await store.setAside()
            throw CheckpointStoreError("\(error)" + (aside.map { ", it is kept as \($0)" } ?? ""))
        }
    }

    /// Gives back to `fleets` and `containers` what `checkpoint` has.
    static func restore(
        _ checkpoint: Checkpoint, _ scope: Scope, into fleets: inout [ResourceFleet],
        _ containers: inout [ContainerFleet]
    ) -> Summary {
        let isLater = isLater(checkpoint, fleets, containers)
        var summary = Summary()
        for (index, text) in checkpoint.keys.enumerated() {
            guard let key = FleetKey(text) else {
                summary.refuse("\"\(text)\" names no series")
                continue
            }
            if scope == .acting, !key.isOfActing, !isLater(key) { continue }
            do throws(CheckpointError) {
                switch try restore(key, at: index, of: checkpoint, into: &fleets, &containers) {
                case nil: summary.restored += 1
                case let reason?: summary.refuse(reason)
                }
            } catch {
                summary.refuse("\(error)")
            }
        }
        return summary
    }

    /// Whether the checkpoint is of a later time than what is known, by where a key belongs.
    private static func isLater(
        _ checkpoint: Checkpoint, _ fleets: [ResourceFleet], _ containers: [ContainerFleet]
    ) -> (FleetKey) -> Bool {
        var later: Set<String> = []
        for (index, text) in checkpoint.keys.enumerated() {
            guard let key = FleetKey(text), let time = time(checkpoint.state(at: index)) else { continue }
            switch key {
            case .time(let resource):
                if let fleet = fleets.first(where: { $0.resource == resource }), fleet.timeNanoseconds < time {
                    later.insert("fleet \(resource.name)")
                }
            case .containerTime(let resource):
                if let fleet = containers.first(where: { $0.resource == resource }), fleet.timeNanoseconds < time {
                    later.insert("containers \(resource.name)")
                }
            case .application, .pool, .plan, .container: continue
            }
        }
        return { key in later.contains("\(key.isOfContainers ? "containers" : "fleet") \(key.resource.name)") }
    }

    /// - Returns: why it was not taken; nil when it was.
    private static func restore(
        _ key: FleetKey, at index: Int, of checkpoint: Checkpoint, into fleets: inout [ResourceFleet],
        _ containers: inout [ContainerFleet]
    ) throws(CheckpointError) -> String? {
        let isTaken: Bool
        if key.isOfContainers {
            guard let place = containers.firstIndex(where: { $0.resource == key.resource }) else {
                return "nothing is asked about containers' \(key.resource.name)"
            }
            isTaken = try restore(key, at: index, of: checkpoint, into: &containers[place])
        } else {
            guard let place = fleets.firstIndex(where: { $0.resource == key.resource }) else {
                return "\(key.resource.name) is not planned"
            }
            isTaken = try restore(key, at: index, of: checkpoint, into: &fleets[place])
        }
        return isTaken ? nil : "\"\(key.text)\" is configured otherwise now"
    }

    private static func restore(
        _ key: FleetKey, at index: Int, of checkpoint: Checkpoint, into fleet: inout ContainerFleet
    ) throws(CheckpointError) -> Bool {
        switch key {
        case .container(_, let name):
            fleet.restore(
                name, try checkpoint.series(at: index, configuration: fleet.configuration.forecasts))
            return true
        case .containerTime:
            guard let time = time(checkpoint.state(at: index)) else { return false }
            fleet.restore(timeNanoseconds: time)
            return true
        case .application, .pool, .plan, .time: return false
        }
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
            guard let time = time(checkpoint.state(at: index)) else { return false }
            fleet.restore(timeNanoseconds: time)
            return true
        case .container, .containerTime: return false
        }
    }
}

extension FleetKey {
    var resource: Resource {
        switch self {
        case .application(let resource, _), .pool(let resource, _), .plan(let resource, _), .time(let resource),
            .container(let resource, _), .containerTime(let resource):
            resource
        }
    }

    var isOfContainers: Bool {
        switch self {
        case .container, .containerTime: true
        case .application, .pool, .plan, .time: false
        }
    }

    /// Learned from what came of requests, which only the one that makes them sees.
    var isOfActing: Bool {
        if case .plan = self { true } else { false }
    }
}
