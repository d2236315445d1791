internal import YAML

/// Why a value is not taken; the place and what was expected are added by whoever knows them.
struct Refusal: Error {
    var reason: String
    var suggestion: String?
    /// Where in the file, when it is not the whole value.
    var mark: YAMLMark?
    /// Where it is a part of a value that is wrong: what that part should be.
    var expected: String?
}
