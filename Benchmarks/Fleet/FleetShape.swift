/// A cluster to plan for: each node runs so many containers of applications that are the same over
/// the cluster.
struct FleetShape {
    enum Form {
        /// A row an application: what the recording rules leave.
        case sums
        /// A row a node and application, for a rule that keeps the node.
        case rows
        /// As `rows`, and no two of an application.
        case distinct
    }

    static let perNode = 50

    let nodes: Int
    let form: Form

    /// As many as nodes: each has as many containers as a node.
    var applications: Int { form == .distinct ? rows : nodes }
    var rows: Int { form == .sums ? nodes : nodes * Self.perNode }

    /// Of the row's application, as the agent names it.
    func application(row: Int) -> String {
        let application = row % applications
        return "team-\(application % 97)/Deployment/service-\(application)"
    }

    /// Between the quotes of a row's labels, from brace to brace.
    func labels(row: Int, metric: String) -> String {
        let name = "{\"__name__\":\"\(metric)\",\"application\":\"\(application(row: row))\""
        guard form != .sums else { return name + "}" }
        let node = row / Self.perNode
        return name + ",\"instance\":\"10.\(node >> 16 & 255).\(node >> 8 & 255).\(node & 255):9417\"}"
    }

    /// What the row's containers use at a time: a day's curve of the application's own height and
    /// phase, noise, and in one minute of a hundred a spike. The same for the same arguments.
    func value(row: Int, second: Int64, isMemory: Bool) -> Double {
        let application = row % applications
        let own = Self.mixed(UInt64(application))
        let height = 0.02 + 0.4 * own * own
        let angle = Double(second % 86_400) / 86_400 + Self.mixed(UInt64(application) &+ 1 << 32)
        let day = 1 + 0.5 * Self.wave(angle)
        let minute = UInt64(bitPattern: second / 60) &* 0x1_0000_0001 &+ UInt64(row)
        let chance = Self.mixed(minute)
        let noise = 0.9 + 0.2 * Self.mixed(UInt64(bitPattern: second) << 20 ^ UInt64(row))
        let share = form == .sums ? Double(Self.perNode) : 1
        let cores = height * day * noise * (chance > 0.99 ? 3 : 1) * share
        return isMemory ? (cores * 0x1p30).rounded() : cores
    }

    /// A sine over whole turns to within 0.1 %, without a library's: millions are made.
    private static func wave(_ turns: Double) -> Double {
        let half = 2 * (turns - turns.rounded(.down)) - 1
        let arc = half * (1 - half.magnitude) * 4
        return -(0.775 * arc + 0.225 * arc * arc.magnitude)
    }

    /// In `0..<1`, of no pattern (splitmix64).
    private static func mixed(_ value: UInt64) -> Double {
        var bits = value &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return Double((bits ^ bits >> 31) >> 11) * 0x1p-53
    }
}
