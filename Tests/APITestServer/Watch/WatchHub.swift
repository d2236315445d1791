/// The open watches.
struct WatchHub {
    private(set) var watchers: [ObjectIdentifier: Watcher] = [:]

    mutating func add(_ watcher: Watcher) { watchers[ObjectIdentifier(watcher.sink)] = watcher }

    mutating func remove(_ sink: any WatchSink) { watchers[ObjectIdentifier(sink)] = nil }

    func tell(_ change: Change) {
        for watcher in watchers.values {
            if let line = watcher.line(change) { watcher.sink.send(line) }
        }
    }

    /// Tells all that want it how far the server is.
    func bookmark(_ version: Int) {
        for watcher in watchers.values where watcher.wantsBookmarks { watcher.sink.send(watcher.bookmark(version)) }
    }

    func send(_ line: String) {
        for watcher in watchers.values { watcher.sink.send(line) }
    }

    mutating func endAll(midLine: Bool) {
        for watcher in watchers.values { watcher.sink.end(midLine: midLine) }
        watchers.removeAll()
    }
}
