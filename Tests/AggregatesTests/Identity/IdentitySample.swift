import Aggregates
import Testing

/// A path as a real machine has it, and what it is.
struct IdentitySample: CustomTestStringConvertible, Sendable {
    let path: String
    let kind: CgroupKind?
    var runtime: CgroupKind?
    var unit: String?
    var id: String?
    var pod: String?
    var qos: QoSClass?
    var name: String?
    var inner = ""
    let display: String

    var testDescription: String { path }
}
