import KubernetesObjects

extension FuzzTarget {
    /// The body of a Kubernetes watch. However the network cuts it, the same lines come and the same is told; a line
    /// that is no event changes nothing.
    static let kubernetesWatch = FuzzTarget(name: "kubernetes-watch", largest: 4096) { bytes in
        var input = FuzzInput(bytes)
        let isList = input.byte() & 1 == 1
        let step = 1 + Int(input.byte())
        let body = Array(input.rest)
        let whole = try lines(body, step: max(1, body.count))
        let cut = try lines(body, step: step)
        try demand(whole == cut, "parts of \(step) bytes give other lines")
        // What the lines are, told another way.
        let split = body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        let expected = split.prefix { $0.count <= lineLimit }.filter { !$0.isEmpty }.map(Array.init)
        try demand(whole.lines == expected, "other lines than the body has")
        let first = try told(whole.lines, as: ConfigMap.self, isList: isList)
        try demand(first == (try told(cut.lines, as: ConfigMap.self, isList: isList)), "another story the second time")
        _ = try told(whole.lines, as: Lease.self, isList: isList)
    }

    private static let lineLimit = 1_000

    private struct Lines: Equatable {
        var lines: [[UInt8]] = []
        var isTooLong = false
    }

    private static func lines(_ body: [UInt8], step: Int) throws -> Lines {
        var lines = Lines()
        var buffer = LineBuffer(limit: lineLimit)
        do throws(LineBuffer.TooLong) {
            for start in stride(from: 0, to: body.count, by: step) {
                buffer.append(body[start..<min(body.count, start + step)])
                while let line = try buffer.next() { lines.lines.append(Array(line)) }
            }
        } catch {
            lines.isTooLong = true
        }
        return lines
    }

    /// What is told, as words.
    private static func told<Object: APIObject>(
        _ lines: [[UInt8]], as: Object.Type, isList: Bool
    ) throws -> [String] {
        var state = WatchState<Object>()
        if isList { state.beginList() }
        var told: [String] = []
        var count: UInt64 = 0
        for line in lines {
            let before = (state.version, state.advances, state.isListing)
            do {
                switch try state.take(line[...]) {
                case .none: told.append("none")
                case .told(.changed(let object)): told.append("changed \(object.metadata.name)")
                case .told(.removed(let object)): told.append("removed \(object.metadata.name)")
                case .told(.synced(let all)), .bookmark(.synced(let all)?):
                    told.append("synced \(all.map(\.metadata.name).sorted())")
                case .told(.failing), .bookmark(_): told.append("bookmark")
                case .failed(let status):
                    // As the client tells it.
                    let request = APIFailure.Request(verb: "watch", kind: Object.kind)
                    let failure = APIFailure(request: request, status: status.code ?? 500, body: status, text: "", retryAfter: nil)
                    told.append("failed \(failure) \(failure.isRetriable) \(failure.retryAfter ?? .zero)")
                    try demand(failure.retryAfter ?? .zero >= .zero, "a wait of less than nothing")
                case .unknown(let type): told.append("unknown \(type)")
                }
            } catch let error as Finding {
                throw error
            } catch {
                told.append("no event")
                let after = (state.version, state.advances, state.isListing)
                try demand(before == after, "a line that is no event has changed what is known")
            }
            try demand(state.advances >= count, "went back")
            count = state.advances
        }
        return told + [state.version ?? "no version"]
    }
}
