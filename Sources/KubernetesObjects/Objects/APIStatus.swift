/// The `Status` with which the server says why it did not do something.
package struct APIStatus: Decodable, Sendable, Hashable {
    package struct Details: Decodable, Sendable, Hashable {
        package struct Cause: Decodable, Sendable, Hashable {
            package var reason: String?
            package var message: String?
            package var field: String?
        }

        package var causes: [Cause]?
        package var retryAfterSeconds: Int?
    }

    package var kind: String?
    package var reason: String?
    package var message: String?
    package var code: Int?
    package var details: Details?
}
