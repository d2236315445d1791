/// A setting with which no webhook can be called.
package struct WebhookError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
