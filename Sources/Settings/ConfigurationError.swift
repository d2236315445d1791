/// Why a configuration cannot be used: everything that is wrong with it, a line each.
package struct ConfigurationError: Error, Sendable {
    /// `FILE:LINE:COLUMN: KEY: what is wrong; what was expected`.
    package let problems: [String]
    /// It is there, but may not be read.
    package var isPermission = false

    package init(problems: [String], isPermission: Bool = false) {
        self.problems = problems
        self.isPermission = isPermission
    }
}
