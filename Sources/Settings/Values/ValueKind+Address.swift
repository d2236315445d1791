internal import Telemetry

extension ValueKind where Value == LoopbackAddress {
    /// An address that only this host reaches.
    static let loopback = ValueKind(
        expected: LoopbackAddress.expected,
        parse: { node throws(Refusal) in
            let text = try node.text()
            do throws(LoopbackAddress.Refusal) {
                return try LoopbackAddress(text)
            } catch {
                let reason =
                    switch error {
                    case .notAnAddress: "is not an address and a port"
                    case .notLoopback: "can be reached from other hosts"
                    }
                throw Refusal(reason: "\(Printable.quoted(text)) \(reason)")
            }
        },
        show: { .text("\($0)") }
    )
}
