/// One measured figure, beside what it is compared with and what it should reach.
struct Figure: Sendable, Encodable {
    let bench: String
    let name: String
    let unit: String
    let value: Spread
    /// The floor or peer measured in the same rounds, in the same unit; nil when there is none.
    var against: String?
    var againstValue: Spread?
    /// The most that `value` should be, in `unit`; nil when there is no target.
    var target: Double?
    var note: String?

    var isMet: Bool? { target.map { value.median <= $0 } }
    /// Whether both quartiles are on the median's side of the target: if not, noise decides.
    var isCertain: Bool? { target.map { value.high <= $0 || value.low > $0 } }

    enum CodingKeys: String, CodingKey {
        case bench, name, unit, value, against, target, note
        case againstValue = "against_value"
        case isMet = "met"
        case isCertain = "certain"
        case ratio
    }

    init(
        _ bench: String,
        _ name: String,
        unit: String,
        _ value: Spread,
        against: String? = nil,
        _ againstValue: Spread? = nil,
        target: Double? = nil,
        note: String? = nil
    ) {
        self.bench = bench
        self.name = name
        self.unit = unit
        self.value = value
        self.against = against
        self.againstValue = againstValue
        self.target = target
        self.note = note
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(bench, forKey: .bench)
        try container.encode(name, forKey: .name)
        try container.encode(unit, forKey: .unit)
        try container.encode(value, forKey: .value)
        try container.encodeIfPresent(against, forKey: .against)
        try container.encodeIfPresent(againstValue, forKey: .againstValue)
        if let other = againstValue, other.median > 0 {
            try container.encode(value.median / other.median, forKey: .ratio)
        }
        try container.encodeIfPresent(target, forKey: .target)
        try container.encodeIfPresent(isMet, forKey: .isMet)
        try container.encodeIfPresent(isCertain, forKey: .isCertain)
        try container.encodeIfPresent(note, forKey: .note)
    }
}
