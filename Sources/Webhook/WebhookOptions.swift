internal import FoundationEssentials

/// Which service is asked for capacity, and how.
package struct WebhookOptions: Sendable {
    /// Where requests are posted.
    package let url: WebhookURL
    /// Where what there is can be read; nil: nowhere.
    package var capacityURL: WebhookURL?
    /// Files of secrets; each request is signed with all of them, so that keys can be changed on one
    /// side after the other.
    package var keyFiles: [String]
    /// Who asks: a node's name. With `instance` and a request's id it makes the idempotency key.
    package var source: String
    /// Of this start of the program: ids begin anew with each start of the agent.
    package var instance: String
    /// PEM file of the authorities that the service's certificate may be from; nil: the system's.
    package var authorityFile: String?
    /// PEM files with which we show who we are, where the service asks for that.
    package var certificateFile: String?
    package var certificateKeyFile: String?
    /// Of one attempt, to its last byte.
    package var attemptLimit = Duration.seconds(10)
    /// From the first attempt on; then the request is denied.
    package var giveUpAfter = Duration.seconds(300)
    package var backoffBase = Duration.milliseconds(500)
    package var backoffCap = Duration.seconds(30)
    /// Between two looks at a request that is pending, unless the service says otherwise.
    package var pollInterval = Duration.seconds(5)
    /// From the first answer on; capacity that takes longer is given up.
    package var pollLimit = Duration.seconds(3_600)
    /// The largest reply, bytes.
    package var replyLimit = 65_536

    package init(url: WebhookURL, keyFiles: [String], source: String, instance: String = Self.newInstance()) {
        self.url = url
        self.keyFiles = keyFiles
        self.source = source
        self.instance = instance
    }

    package static func newInstance() -> String {
        String(UInt64.random(in: 0...UInt64.max), radix: 36)
    }
}
