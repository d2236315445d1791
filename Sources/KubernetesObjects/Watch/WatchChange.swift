/// What a watch tells.
package enum WatchChange<Object: APIObject>: Sendable {
    /// All there are: first, and again whenever changes may have been missed.
    case synced([Object])
    /// New or changed.
    case changed(Object)
    /// Gone, as it was last.
    case removed(Object)
    /// Changes do not come at the moment; it goes on by itself.
    case failing(APIFailure)
}
