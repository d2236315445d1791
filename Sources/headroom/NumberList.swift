internal import ArgumentParser

/// Numbers separated by commas, as options take them.
enum NumberList {
    static func parse(_ text: String, _ option: String, limit: Int) throws -> [Double] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= limit else {
            throw ValidationError("\(option): \(parts.count) values, at most \(limit) are taken")
        }
        return try parts.map { part in
            guard let value = Double(part), value.isFinite else {
                throw ValidationError("\(option): \"\(part)\" is not a number")
            }
            return value
        }
    }
}
