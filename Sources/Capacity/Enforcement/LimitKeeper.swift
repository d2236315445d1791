/// A control file of one cgroup.
package struct LimitPlace: Hashable, Sendable {
    /// The inode of the cgroup's directory: another cgroup of the same path is not meant.
    package let cgroupID: UInt64
    package let path: String
    package let file: ControlFile

    package init(cgroupID: UInt64, path: String, file: ControlFile) {
        self.cgroupID = cgroupID
        self.path = path
        self.file = file
    }
}

/// A value that a control file is to get.
package struct LimitChange: Hashable, Sendable {
    package let place: LimitPlace
    package let text: String

    package init(place: LimitPlace, text: String) {
        self.place = place
        self.text = text
    }
}

/// Why a limit was not set, for people.
package struct LimitRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Writes limits and puts back what was there: in this process (`LimitBook`), or in one that has the rights.
package protocol LimitKeeper: AnyObject {
    /// Writes all of them, in order, each after what its file held is where a crash does not take it.
    /// - Returns: for each change what the file holds now, which may be another text than was written.
    func set(_ changes: [LimitChange]) -> [Result<String, LimitRefusal>]
    /// Others changed the file: what they wrote is not put back, and is what will be when it is set again.
    func leave(_ place: LimitPlace)
    /// The cgroup is gone.
    func forget(cgroupID: UInt64)
    /// Puts back every value that was changed and not changed again by others.
    func restore() -> RestoreReport
}
