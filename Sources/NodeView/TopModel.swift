package import Agent
internal import Aggregates
internal import HeadroomABI
package import Terminal

/// What a live view shows and how keys change it. Knows no terminal: keys come in, frames go out.
/// One thread.
package final class TopModel {
    enum Page: Equatable {
        case list
        case cgroup(CgroupRow.ID)
        case plans, help, sortMenu
    }

    private var source: any SnapshotSource
    var moment: NodeMoment?
    var order = RowList.Order()
    private(set) var list = RowList([], RowList.Order())
    var page = Page.list
    private var pageBehind = Page.list
    /// Nil: the first row, whichever that is.
    private var selected: CgroupRow.ID?
    /// First row, or line, that is shown.
    private var listTop = 0
    private var pageTop = 0
    private(set) var menuPlace = 0
    /// Lines of a page that is not the list, and how many of them there was room for.
    private var pageLines = 0
    private var pageRoom = 1
    private var listRoom = 1
    var linesBelow = 0
    /// What is being typed as a filter; nil while it is not.
    private(set) var typedFilter: String?
    /// The moment stays what it is.
    package private(set) var isPaused = false
    /// End of the newest window that is held while paused.
    private(set) var newestHeld: UInt64 = 0
    /// Paths also of containers and pods, instead of their names.
    private(set) var showsPaths = false
    /// What the detail page draws.
    var plotted = Resource.cpu
    /// Said until the next key.
    private(set) var message: String?
    /// Said until it is taken back: the agent has ended, for example.
    package var banner: String?
    /// For telling which pool a cgroup is in.
    let pools: [PoolDefinition]
    let hostName: String

    package init(
        source: any SnapshotSource, sort: SortKey = .cpu, pools: [PoolDefinition] = [],
        hostName: String = HostName.current
    ) {
        self.source = source
        self.pools = pools
        self.hostName = hostName
        order.key = sort
    }

    /// Goes on with another agent's table.
    package func attach(_ source: any SnapshotSource) {
        self.source = source
        resume()
    }

    /// Takes the newest moment, unless the view is paused.
    package func refresh() throws(AgentError) {
        guard !isPaused || moment == nil else { return }
        moment = try source.latest()
        arrange()
    }

    /// Puts the rows in order again. O(n log n).
    private func arrange() { list = RowList(moment?.rows ?? [], order) }

    /// End of the window that is shown; nil before the first.
    package var shownNanoseconds: UInt64? { moment?.time }
    package var intervalNanoseconds: UInt64 { moment?.facts.intervalNanoseconds ?? 0 }

    // MARK: What is chosen

    /// Place of the chosen row among the entries; the first when it is gone.
    var selectedEntry: Int {
        guard let selected, let rows = moment?.rows else { return 0 }
        return list.entries.firstIndex { rows[$0.place].id == selected } ?? 0
    }

    func row(_ id: CgroupRow.ID) -> CgroupRow? { moment?.rows.first { $0.id == id } }

    private var selectedRow: CgroupRow? {
        guard let rows = moment?.rows, list.entries.indices.contains(selectedEntry) else { return nil }
        return rows[list.entries[selectedEntry].place]
    }

    private func select(_ entry: Int) {
        guard let rows = moment?.rows, !list.entries.isEmpty else { return }
        let entry = max(0, min(entry, list.entries.count - 1))
        selected = entry == 0 ? nil : rows[list.entries[entry].place].id
    }

    /// The entries that there is room for; the chosen one is among them.
    func visibleEntries(room: Int) -> Range<Int> {
        listRoom = max(1, room)
        let count = list.entries.count
        let entry = selectedEntry
        if entry < listTop { listTop = entry }
        if entry >= listTop + listRoom { listTop = entry - listRoom + 1 }
        listTop = max(0, min(listTop, count - listRoom))
        return listTop..<min(count, listTop + listRoom)
    }

    /// The lines of a page that there is room for.
    func visibleLines(_ count: Int, room: Int) -> Range<Int> {
        pageLines = count
        pageRoom = max(1, room)
        pageTop = max(0, min(pageTop, count - pageRoom))
        return pageTop..<min(count, pageTop + pageRoom)
    }

    // MARK: Keys

    /// - Returns: false when the view is to end.
    package func handle(_ key: Key) -> Bool {
        message = nil
        if typedFilter != nil {
            typeFilter(key)
            return true
        }
        if key == .control("c") { return false }
        if page == .sortMenu {
            choose(key)
            return true
        }
        switch key {
        case .character("q"), .function(10):
            guard page != .list else { return false }
            return goBack()
        case .escape: return goBack()
        case .character("?"), .character("h"), .function(1): open(page == .help ? pageBehind : .help)
        case .character("P"): open(page == .plans ? .list : .plans)
        case .character("p"): isPaused ? resume() : pause()
        case .character("["): step(-1)
        case .character("]"): step(1)
        case .character("{"): step(-10)
        case .character("}"): step(10)
        case .control("l"): break
        default: page == .list ? handleInList(key) : handleInPage(key)
        }
        return true
    }

    private func goBack() -> Bool {
        if page != .list {
            open(page == .help ? pageBehind : .list)
        } else if !order.filter.isEmpty {
            order.filter = ""
            arrange()
        } else if isPaused {
            resume()
        }
        return true
    }

    private func open(_ next: Page) {
        if next == .help { pageBehind = page }
        page = next
        pageTop = 0
    }

    private func handleInList(_ key: Key) {
        switch key {
        case .up, .character("k"): select(selectedEntry - 1)
        case .down, .character("j"): select(selectedEntry + 1)
        case .pageUp, .control("b"): select(selectedEntry - listRoom)
        case .pageDown, .control("f"): select(selectedEntry + listRoom)
        case .home, .character("g"): select(0)
        case .end, .character("G"): select(.max - 1)
        case .enter: if let row = selectedRow { open(.cgroup(row.id)) }
        case .character("/"), .function(4): typedFilter = order.filter
        case .character("s"), .function(6):
            menuPlace = SortKey.allCases.firstIndex(of: order.key) ?? 0
            open(.sortMenu)
        case .character("r"):
            order.isReversed.toggle()
            arrange()
        case .character("t"), .function(5):
            order.isTree.toggle()
            arrange()
        case .character("i"): showsPaths.toggle()
        case .character(" "): order.isTree ? fold(nil) : isPaused ? resume() : pause()
        case .left: order.isTree ? fold(true) : moveSort(-1)
        case .right: order.isTree ? fold(false) : moveSort(1)
        case .character("<"), .character(","): moveSort(-1)
        case .character(">"), .character("."): moveSort(1)
        case .character(let letter):
            if let key = SortKey.allCases.first(where: { $0.letter == letter }) { sort(by: key) }
        default: break
        }
    }

    private func handleInPage(_ key: Key) {
        switch key {
        case .up, .character("k"): pageTop -= 1
        case .down, .character("j"): pageTop += 1
        case .pageUp, .control("b"): pageTop -= pageRoom
        case .pageDown, .control("f"), .character(" "): pageTop += pageRoom
        case .home, .character("g"): pageTop = 0
        case .end, .character("G"): pageTop = pageLines
        case .tab, .right, .character("n"): plot(1)
        case .backTab, .left, .character("N"): plot(-1)
        case .enter: if page == .plans || page == .help { _ = goBack() }
        default: break
        }
        pageTop = max(0, min(pageTop, pageLines - pageRoom))
    }

    private func plot(_ step: Int) {
        let all = Resource.measured
        let place = all.firstIndex(of: plotted) ?? 0
        plotted = all[(place + step + all.count) % all.count]
    }

    private func sort(by key: SortKey) {
        order.key = key
        arrange()
    }

    private func moveSort(_ step: Int) {
        let all = SortKey.allCases
        let place = all.firstIndex(of: order.key) ?? 0
        sort(by: all[(place + step + all.count) % all.count])
    }

    private func choose(_ key: Key) {
        let all = SortKey.allCases
        switch key {
        case .up, .character("k"): menuPlace = (menuPlace + all.count - 1) % all.count
        case .down, .character("j"): menuPlace = (menuPlace + 1) % all.count
        case .enter:
            page = .list
            sort(by: all[menuPlace])
        case .character(let letter):
            guard let key = all.first(where: { $0.letter == letter }) else {
                page = .list
                return
            }
            page = .list
            sort(by: key)
        default: page = .list
        }
    }

    private func typeFilter(_ key: Key) {
        var text = typedFilter ?? ""
        switch key {
        case .enter:
            typedFilter = nil
            return
        case .escape, .control("c"):
            typedFilter = nil
            text = ""
        case .backspace:
            if text.isEmpty { typedFilter = nil } else { text.removeLast() }
        case .control("u"): text = ""
        case .character(let scalar): if text.utf8.count < 200 { text.unicodeScalars.append(scalar) }
        default: return
        }
        if typedFilter != nil { typedFilter = text }
        order.filter = text.lowercased()
        arrange()
    }

    /// - Parameter folded: nil for the other way round.
    private func fold(_ folded: Bool?) {
        guard let row = selectedRow else { return }
        let entry = list.entries[selectedEntry]
        let isFolded = order.folded.contains(row.id)
        if folded == true, isFolded || !entry.hasChildren {
            // On the left of a leaf is its parent.
            guard let rows = moment?.rows, rows.indices.contains(Int(row.parent)) else { return }
            let parent = rows[Int(row.parent)].id
            if let place = list.entries.firstIndex(where: { rows[$0.place].id == parent }) { select(place) }
            return
        }
        guard entry.hasChildren else { return }
        if folded ?? !isFolded { order.folded.insert(row.id) } else { order.folded.remove(row.id) }
        arrange()
    }

    // MARK: Time

    private func pause() {
        guard moment != nil else { return }
        do throws(AgentError) {
            try source.hold()
            isPaused = true
            // The held copy may be a window ahead of what is shown.
            if let time = moment?.time, let kept = try source.moment(atOrBefore: time), kept.time == time {
                moment = kept
            } else if let newest = try source.moment(atOrBefore: .max) {
                moment = newest
            }
            newestHeld = moment?.time ?? 0
            while let later = try source.moment(after: newestHeld) { newestHeld = later.time }
            arrange()
        } catch {
            message = "\(error)"
        }
    }

    /// Stands at the newest window up to `time`, Unix nanoseconds.
    /// - Throws: when nothing is as old as that.
    package func show(at time: UInt64) throws(AgentError) {
        try source.hold()
        guard let past = try source.moment(atOrBefore: time) else {
            throw AgentError(
                .failed, "no window is kept that is as old as \(Compact.timeOfDay(time)); `headroom history` says what there is")
        }
        isPaused = true
        moment = past
        newestHeld = try source.moment(atOrBefore: .max)?.time ?? past.time
        arrange()
    }

    private func resume() {
        isPaused = false
        source.release()
        do throws(AgentError) { try refresh() } catch { message = "\(error)" }
    }

    /// Back or forth by so many windows; from the present, back pauses.
    private func step(_ windows: Int) {
        if !isPaused {
            guard windows < 0 else {
                message = "this is the present"
                return
            }
            pause()
        }
        for _ in 0..<windows.magnitude {
            guard let time = moment?.time else { return }
            do throws(AgentError) {
                let next =
                    windows < 0
                    ? (time > 0 ? try source.moment(atOrBefore: time - 1) : nil)
                    : try source.moment(after: time)
                guard let next else {
                    message = windows < 0 ? "nothing older is kept" : "the newest that is held; p goes on"
                    break
                }
                moment = next
            } catch {
                message = "\(error)"
                break
            }
        }
        arrange()
    }
}
