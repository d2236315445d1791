/// Lists and watches.
extension Cluster {
    struct Selection {
        var kind: ServedKind
        var version: String
        var namespace: String?
        /// From a request's query.
        var query: [String: String]

        func labels() throws(StatusError) -> LabelSelector? {
            guard let text = query["labelSelector"], !text.isEmpty else { return nil }
            return try LabelSelector(text)
        }

        func fields() throws(StatusError) -> FieldSelector? {
            guard let text = query["fieldSelector"], !text.isEmpty else { return nil }
            return try FieldSelector(text, kind, version: version)
        }

        func flag(_ name: String) -> Bool { ["true", "1"].contains(query[name] ?? "") }
    }

    mutating func list(_ selection: Selection) throws(StatusError) -> JSON {
        let (kind, version) = (selection.kind, selection.version)
        let (labels, fields) = (try selection.labels(), try selection.fields())
        guard let limit = Int(selection.query["limit"] ?? "0"), limit >= 0 else {
            throw .badRequest("unable to decode query: limit: \(selection.query["limit"] ?? "") is no number")
        }
        var left: Snapshot
        if let token = selection.query["continue"], !token.isEmpty {
            if let at = selection.query["resourceVersion"], !at.isEmpty, at != "0" {
                throw .badRequest("specifying resource version is not allowed when using continue")
            }
            guard let saved = snapshot(token) else {
                throw .expired(
                    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
                )
            }
            left = saved
        } else {
            left = Snapshot(
                items: all(kind, selection.namespace).filter { object in
                    (labels?.matches(object.json["metadata"]["labels"].fields ?? [:]) ?? true)
                        && (fields?.matches(object.view(kind, version: version)) ?? true)
                }, version: self.version)
        }
        let page = limit > 0 ? Array(left.items.prefix(limit)) : left.items
        left.items.removeFirst(page.count)
        var metadata: JSON = ["resourceVersion": .string(String(left.version))]
        if !left.items.isEmpty {
            metadata["continue"] = .string(save(left))
            if labels == nil, fields == nil { metadata["remainingItemCount"] = .integer(left.items.count) }
        }
        // Items of lists of built-in kinds do not say what they are.
        let items = page.map { object in
            var view = object.view(kind, version: version)
            if !kind.isCustom {
                view["apiVersion"] = .null
                view["kind"] = .null
            }
            return view
        }
        return [
            "kind": .string(kind.kind + "List"), "apiVersion": .string(kind.apiVersion(version)),
            "metadata": metadata, "items": .array(items),
        ]
    }

    /// Opens a watch. - Returns: its first lines.
    mutating func watch(_ selection: Selection, _ sink: any WatchSink) throws(StatusError) -> [String] {
        let query = selection.query
        let match = query["resourceVersionMatch"] ?? ""
        let sendsInitial = query["sendInitialEvents"].map { $0 == "true" || $0 == "1" }
        if sendsInitial != nil {
            if !streamsLists {
                throw .invalidOptions(
                    "ListOptions",
                    .forbidden(
                        "sendInitialEvents",
                        "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"))
            }
            if match != "NotOlderThan" {
                throw .invalidOptions(
                    "ListOptions",
                    match.isEmpty
                        ? .forbidden(
                            "resourceVersionMatch",
                            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
                        : .notSupported("resourceVersionMatch", .string(match), ["NotOlderThan"]))
            }
        } else if !match.isEmpty {
            throw .invalidOptions(
                "ListOptions",
                .forbidden(
                    "resourceVersionMatch",
                    "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
        }
        let watcher = Watcher(
            kind: selection.kind, version: selection.version, namespace: selection.namespace,
            labels: try selection.labels(), fields: try selection.fields(),
            wantsBookmarks: selection.flag("allowWatchBookmarks"), sink: sink)
        let text = query["resourceVersion"] ?? ""
        guard let from = Int(text.isEmpty ? "0" : text), from >= 0 else {
            throw .invalidOptions(
                "ListOptions", .invalid("resourceVersion", .string(text), "strconv.ParseUint: invalid syntax"))
        }
        if from > 0, from < compacted {
            // Inside of a good answer: the stream is open by the time that it shows.
            let error = StatusError.expired("too old resource version: \(from) (\(compacted))")
            sink.end(midLine: false)
            return [Watcher.line("ERROR", error.body)]
        }
        hub.add(watcher)
        guard sendsInitial ?? (from == 0) else {
            return history.filter { $0.version > from }.compactMap(watcher.line)
        }
        var lines = all(selection.kind, selection.namespace).filter(watcher.matches).map { watcher.line("ADDED", $0) }
        if sendsInitial == true, watcher.wantsBookmarks {
            lines.append(watcher.bookmark(version, endsInitialEvents: true))
        }
        return lines
    }
}
