internal import FoundationEssentials

/// What a watch has told so far, and what each line of it changes in that. A value; one task.
package struct WatchState<Object: APIObject>: Sendable {
    package enum Step: Sendable {
        /// Nothing to tell yet.
        case none
        case told(WatchChange<Object>)
        /// A bookmark, with what it tells: all there is, at the end of a list.
        case bookmark(WatchChange<Object>?)
        case failed(APIStatus)
        /// An event of a kind that is not known.
        case unknown(type: String)
    }

    /// Up to where changes were told; nil: all has to be listed.
    package private(set) var version: String?
    /// Times that changes were told up to somewhere.
    package private(set) var advances: UInt64 = 0
    /// While a list is streamed: what came of it, by namespace and name.
    private var listed: [String: Object]?

    package init() {}

    package var isListing: Bool { listed != nil }

    /// A list came by itself, as of this version.
    package mutating func list(asOf version: String) { self.version = version }

    /// The server does not know our version any more.
    package mutating func forget() { version = nil }

    /// Objects come as events, until a bookmark ends the list.
    package mutating func beginList() { listed = [:] }

    package mutating func dropList() { listed = nil }

    /// Takes one line of a watch.
    /// - Throws: `DecodingError` when it is no event of this kind of object; nothing has changed then.
    package mutating func take(_ line: ArraySlice<UInt8>) throws -> Step {
        switch try JSONDecoder().decode(WatchEvent<Object>.self, from: Data(line)) {
        case .changed(let object):
            guard listed == nil else {
                listed?[Self.key(object)] = object
                return .none
            }
            advance(object.metadata.resourceVersion)
            return .told(.changed(object))
        case .removed(let object):
            guard listed == nil else {
                listed?[Self.key(object)] = nil
                return .none
            }
            advance(object.metadata.resourceVersion)
            return .told(.removed(object))
        case .bookmark(let version, let endsList):
            guard let all = listed else {
                advance(version)
                return .bookmark(nil)
            }
            guard endsList else { return .bookmark(nil) }
            listed = nil
            advance(version)
            return .bookmark(.synced(Array(all.values)))
        case .failed(let status): return .failed(status)
        case .other(let type): return .unknown(type: type)
        }
    }

    private static func key(_ object: Object) -> String {
        "\(object.metadata.namespace ?? "")/\(object.metadata.name)"
    }

    private mutating func advance(_ version: String?) {
        advances += 1
        if let version, !version.isEmpty { self.version = version }
    }
}
