internal import Aggregates
internal import Capacity
internal import YAML

/// What a provider program says in one line: docs/provider-program.md.
enum ProgramMessage: Hashable {
    enum Answer: Hashable {
        /// All of it, or the total that it comes to.
        case granted(Double?)
        case partial(Double, reason: String)
        case denied(reason: String)
        case pending
    }

    case outcome(id: UInt64, Answer)
    case capacity(ProgramLedger.Key, CapacityObservation)

    /// - Parameter line: one JSON object, without the newline.
    /// - Throws: what is wrong with it, for the log.
    init(_ line: [UInt8]) throws(ProgramComplaint) {
        let fields = try Fields(line)
        switch try fields.text("type") {
        case "outcome": self = .outcome(id: try fields.id(), try Self.answer(fields))
        case "capacity":
            let pool = try fields.text("pool")
            let name = try fields.text("resource")
            guard let resource = Resource.measured.first(where: { $0.name == name }) else {
                throw ProgramComplaint(
                    "resource is \"\(name)\"; expected one of \(Resource.measured.map(\.name).joined(separator: ", "))"
                )
            }
            self = .capacity(
                ProgramLedger.Key(pool: pool, resource: resource),
                CapacityObservation(
                    ready: try fields.amount("ready"),
                    pending: try fields.optionalAmount("pending") ?? 0,
                    allocatable: try fields.optionalAmount("allocatable")))
        case let other:
            throw ProgramComplaint("type is \"\(other)\"; expected outcome or capacity")
        }
    }

    private static func answer(_ fields: Fields) throws(ProgramComplaint) -> Answer {
        switch try fields.text("outcome") {
        case "granted": return .granted(try fields.optionalAmount("amount"))
        case "partial":
            return .partial(try fields.amount("amount"), reason: try fields.reason())
        case "denied": return .denied(reason: try fields.reason())
        case "pending": return .pending
        case let other:
            throw ProgramComplaint(
                "outcome is \"\(other)\"; expected granted, partial, denied or pending")
        }
    }

    /// The members of one flat object. Those that are not known are left for later versions.
    private struct Fields {
        private let entries: [YAMLEntry]

        init(_ line: [UInt8]) throws(ProgramComplaint) {
            let root: YAMLNode?
            do throws(YAMLRefusal) {
                root = try YAMLReader.read(line)
            } catch {
                throw ProgramComplaint("no JSON object: \(error.reason)")
            }
            guard line.first == UInt8(ascii: "{"), case .mapping(let entries) = root?.content else {
                throw ProgramComplaint("no JSON object")
            }
            self.entries = entries
        }

        private func scalar(_ name: String) throws(ProgramComplaint) -> (String, isPlain: Bool)? {
            guard let entry = entries.first(where: { $0.key == name }) else { return nil }
            guard case .scalar(let text, let isPlain) = entry.value.content else {
                throw ProgramComplaint("\(name) is a list or an object; expected one value")
            }
            return isPlain && text == "null" ? nil : (text, isPlain)
        }

        func text(_ name: String) throws(ProgramComplaint) -> String {
            guard let (text, isPlain) = try scalar(name) else {
                throw ProgramComplaint("\(name) is missing")
            }
            guard !isPlain, text.utf8.count <= Self.longest else {
                throw ProgramComplaint("\(name) is no text of at most \(Self.longest) bytes")
            }
            return text
        }

        func reason() throws(ProgramComplaint) -> String {
            try scalar("reason") == nil ? "no reason given" : try text("reason")
        }

        func id() throws(ProgramComplaint) -> UInt64 {
            guard let (text, isPlain) = try scalar("id"), isPlain, let id = UInt64(text) else {
                throw ProgramComplaint("id is missing or no whole number")
            }
            return id
        }

        func optionalAmount(_ name: String) throws(ProgramComplaint) -> Double? {
            guard let (text, isPlain) = try scalar(name) else { return nil }
            guard isPlain, let value = Double(text), value >= 0, value <= 1e150 else {
                throw ProgramComplaint("\(name) is \"\(text)\"; expected a number of 0 or more")
            }
            return value
        }

        func amount(_ name: String) throws(ProgramComplaint) -> Double {
            guard let value = try optionalAmount(name) else {
                throw ProgramComplaint("\(name) is missing")
            }
            return value
        }

        private static let longest = 1_024
    }
}

/// Why what a provider program said is not taken.
struct ProgramComplaint: Error, Hashable {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}
