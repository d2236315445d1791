/// The rows that a view shows, in order: sorted, filtered, and as a tree where that is wanted.
package struct RowList: Sendable {
    /// How rows are chosen and ordered.
    package struct Order: Sendable {
        package var key = SortKey.cpu
        package var isReversed = false
        /// Children below their parents.
        package var isTree = false
        /// Their children are not shown.
        package var folded: Set<CgroupRow.ID> = []
        /// What a name must have in it, in lower case; "" for anything.
        package var filter = ""

        package init() {}
    }

    package struct Entry: Sendable {
        /// Place in the moment's rows.
        package let place: Int
        package let depth: Int
        /// Last of its parent's children that are shown.
        package let isLast: Bool
        /// Has children that a tree can fold away.
        package let hasChildren: Bool
    }

    package private(set) var entries: [Entry] = []
    /// Rows that the filter found; in a tree their parents are shown too.
    package private(set) var found = 0

    /// - Complexity: O(n log n) in rows; with a filter also O(length of all names).
    package init(_ rows: [CgroupRow], _ order: Order) {
        let sorted = Self.sorted(rows, order)
        let needle = Array(order.filter.utf8)
        var isShown = [Bool](repeating: true, count: rows.count)
        found = rows.count
        if !needle.isEmpty {
            found = 0
            for place in rows.indices {
                isShown[place] = rows[place].name.contains(needle)
                if isShown[place] { found += 1 }
            }
        }
        guard order.isTree else {
            entries.reserveCapacity(found)
            for place in sorted where isShown[place] {
                entries.append(Entry(place: place, depth: 0, isLast: false, hasChildren: false))
            }
            return
        }
        if !needle.isEmpty { Self.showParents(rows, &isShown) }
        addTree(rows, order, sorted.filter { isShown[$0] })
    }

    private static func sorted(_ rows: [CgroupRow], _ order: Order) -> [Int] {
        if order.key == .path {
            let places = rows.indices.sorted { rows[$0].name.path < rows[$1].name.path }
            return order.isReversed ? places.reversed() : places
        }
        var keyed = rows.indices.map { place -> (weight: Float, place: Int32) in
            let weight = order.key.weight(rows[place])
            // What is not known comes last, either way.
            return (weight.isNaN ? -.infinity : order.isReversed ? -weight : weight, Int32(place))
        }
        // Places are those of the table and stay: equal rows do not dance.
        keyed.sort { $0.weight != $1.weight ? $0.weight > $1.weight : $0.place < $1.place }
        return keyed.map { Int($0.place) }
    }

    private static func showParents(_ rows: [CgroupRow], _ isShown: inout [Bool]) {
        for place in rows.indices where isShown[place] {
            var parent = Int(rows[place].parent)
            while rows.indices.contains(parent), !isShown[parent] {
                isShown[parent] = true
                parent = Int(rows[parent].parent)
            }
        }
    }

    /// Depth first, siblings in the order of `sorted`. Rows whose parents go round in a circle,
    /// which a table that is not trusted could say, are shown as roots.
    private mutating func addTree(_ rows: [CgroupRow], _ order: Order, _ sorted: [Int]) {
        entries.reserveCapacity(sorted.count)
        // Children as linked lists, made from the back so that they come out in order.
        var first = [Int](repeating: -1, count: rows.count)
        var next = [Int](repeating: -1, count: rows.count)
        var isListed = [Bool](repeating: false, count: rows.count)
        for place in sorted { isListed[place] = true }
        var roots: [Int] = []
        for place in sorted.reversed() {
            let parent = Int(rows[place].parent)
            guard rows.indices.contains(parent), parent != place, isListed[parent] else {
                roots.append(place)
                continue
            }
            next[place] = first[parent]
            first[parent] = place
        }
        var isDone = [Bool](repeating: false, count: rows.count)
        // The last of them is the first root.
        var stack = roots.map { (place: $0, depth: 0) }
        func add(_ list: inout [Entry]) {
            while let (place, depth) = stack.popLast() {
                guard !isDone[place] else { continue }
                isDone[place] = true
                let isFolded = order.folded.contains(rows[place].id)
                list.append(
                    Entry(
                        place: place, depth: depth, isLast: next[place] < 0,
                        hasChildren: first[place] >= 0))
                var children: [Int] = []
                var child = first[place]
                while child >= 0 {
                    children.append(child)
                    child = next[child]
                }
                if isFolded {
                    // Nothing below is shown, nor taken for lost.
                    var below = children
                    while let hidden = below.popLast() {
                        guard !isDone[hidden] else { continue }
                        isDone[hidden] = true
                        var child = first[hidden]
                        while child >= 0 {
                            below.append(child)
                            child = next[child]
                        }
                    }
                    continue
                }
                for child in children.reversed() { stack.append((child, depth + 1)) }
            }
        }
        add(&entries)
        for place in sorted where !isDone[place] {
            stack = [(place, 0)]
            add(&entries)
        }
    }
}
