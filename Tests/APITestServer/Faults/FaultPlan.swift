/// Faults that are still to come.
struct FaultPlan {
    struct Entry {
        var left: Int
        var verb: String?
        var path: String
        var fault: Fault
    }

    private var entries: [Entry] = []

    mutating func add(_ entry: Entry) { entries.append(entry) }

    mutating func clear() { entries.removeAll() }

    /// The first that is for the request; it is used up.
    mutating func take(verb: String, path: String) -> Fault? {
        guard
            let place = entries.firstIndex(where: {
                $0.left > 0 && ($0.verb == nil || $0.verb == verb) && ($0.path.isEmpty || path.contains($0.path))
            })
        else { return nil }
        entries[place].left -= 1
        return entries[place].fault
    }
}
