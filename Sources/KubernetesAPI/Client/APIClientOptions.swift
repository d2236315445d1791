/// How an API server is treated.
package struct APIClientOptions: Sendable {
    /// Owner of the fields that are written, and what the server logs.
    package var fieldManager = "headroom"
    package var userAgent = "headroom"
    /// As client-go's defaults; all requests of one client together.
    package var requestsPerSecond = 5.0
    package var burst = 10
    /// Of a request from its start to the last byte of its answer; watches have none.
    package var timeLimit = Duration.seconds(30)
    /// Further tries of a request that the server or the network put off.
    package var retries = 3
    package var backoffBase = Duration.milliseconds(500)
    package var backoffCap = Duration.seconds(30)
    /// A server's wish to be left alone that is longer is given back as the failure it is.
    package var patience = Duration.seconds(15)
    /// The largest answer, bytes.
    package var answerLimit = 64 << 20
    /// The largest event of a watch, bytes: etcd holds no larger object than 1.5 MiB.
    package var eventLimit = 8 << 20
    /// Objects a page.
    package var pageSize = 500
    /// Seconds after which the server is asked to end a watch: between this and twice it.
    package var watchSeconds = 300

    package init() {}
}
