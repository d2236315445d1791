/// Why bytes are no document that is taken, and where.
package struct YAMLRefusal: Error {
    package let reason: String
    /// The key path that it is about, where there is one.
    package var key = ""
    package let mark: YAMLMark?
}
