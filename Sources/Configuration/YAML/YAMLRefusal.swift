/// Why bytes are no document that is taken, and where.
struct YAMLRefusal: Error {
    let reason: String
    /// The key path that it is about, where there is one.
    var key = ""
    let mark: YAMLMark?
}
