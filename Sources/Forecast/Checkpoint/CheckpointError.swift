/// Why a checkpoint, or one series in it, was refused. Nothing of it was used.
package enum CheckpointError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file does not begin as checkpoints do.
    case foreign
    /// Written by another version of Headroom, or one whose state has another layout.
    case otherVersion(found: UInt32, expected: UInt32)
    /// The file is shorter or longer than its header says.
    case length(found: Int, expected: Int)
    case checksum
    /// The checksum is right and the content is not, at this series.
    case unsound(key: String)
    /// The series was learned with other lead times or quantiles.
    case otherConfiguration(key: String)

    package var description: String {
        switch self {
        case .foreign: "this is not a checkpoint of Headroom's forecasts"
        case .otherVersion(let found, let expected):
            "it was written by another version (layout \(found), this one reads \(expected))"
        case .length(let found, let expected):
            "it has \(found) bytes and should have \(expected): it was cut or added to"
        case .checksum: "its checksum is wrong: the file is damaged"
        case .unsound(let key): "the state of \"\(key)\" cannot be true"
        case .otherConfiguration(let key):
            "\"\(key)\" was learned with other lead times or quantiles"
        }
    }
}
