/// Numbers with units on command lines, read as they are in the configuration.
package enum UnitArgument {
    /// Seconds: `0.5`, `500ms`, `5m`.
    /// - Throws: why it is none, and what was expected, in words.
    package static func seconds(_ text: String, in range: ClosedRange<Double>) throws(Complaint) -> Double {
        let seconds = try value(text, .duration, bare: 1e9, "a duration such as 0.5, 500ms or 5m") / 1e9
        guard range.contains(seconds) else {
            throw Complaint(
                "\(text) is not within \(UnitText.duration.text(range.lowerBound * 1e9))...\(UnitText.duration.text(range.upperBound * 1e9))"
            )
        }
        return seconds
    }

    /// Bytes: `256MiB`.
    package static func bytes(_ text: String, in range: ClosedRange<Double>) throws(Complaint) -> Double {
        let bytes = try value(text, .size, bare: nil, "a size such as 256MiB")
        guard range.contains(bytes) else {
            throw Complaint(
                "\(text) is not within \(UnitText.size.text(range.lowerBound))...\(UnitText.size.text(range.upperBound))")
        }
        return bytes
    }

    /// In the largest unit that makes it a whole number: `5m`.
    package static func text(seconds: Double) -> String { UnitText.duration.text(seconds * 1e9) }
    package static func text(bytes: Double) -> String { UnitText.size.text(bytes) }

    package struct Complaint: Error, CustomStringConvertible {
        package let description: String
        init(_ description: String) { self.description = description }
    }

    private static func value(
        _ text: String, _ unit: UnitText, bare: Double?, _ expected: String
    ) throws(Complaint) -> Double {
        do throws(Refusal) {
            return try unit.parse(text, bare: bare)
        } catch {
            throw Complaint("\(error.reason); expected \(expected)")
        }
    }
}
