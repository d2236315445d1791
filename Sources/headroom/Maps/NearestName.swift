internal import Settings

/// What to say to who named something that is not there.
enum NearestName {
    /// `no map "hr_cgroup": did you mean hr_cgroups?`, or what there is.
    static func complaint(
        _ what: String, _ name: String, among known: [String], all: String
    ) -> String {
        if let near = nearest(to: name, among: known) { return "\(what): did you mean \(near)?" }
        return "\(what); \(all) \(known.joined(separator: ", "))"
    }

    /// A slip away, or the one name that has `name` in it (`cgroups` for `hr_cgroups`).
    static func nearest(to name: String, among known: [String]) -> String? {
        let holding = known.filter { !name.isEmpty && $0.lowercased().contains(name.lowercased()) }
        if holding.count == 1 { return holding[0] }
        return Nearest.name(to: name, in: known)
    }
}
