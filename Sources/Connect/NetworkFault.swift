internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// What kept two programs from talking, in words. Any thread.
package enum NetworkFault {
    /// Of an error of a client's connection; an unknown one as it describes itself.
    package static func text(_ error: any Error) -> String {
        switch error {
        case let fault as NIOConnectionError: connection(fault)
        // Its description has the values of headers that it refuses, tokens among them.
        case let fault as HTTPClientError: fault.shortDescription
        case let fault as IOError: "no connection: \(reason(fault))"
        case NIOSSLError.handshakeFailed(let fault): handshake("\(fault)")
        case let fault as NIOSSLExtraError where fault == .failedToValidateHostname: "its certificate is for another host name"
        default: "\(error)"
        }
    }

    private static func connection(_ fault: NIOConnectionError) -> String {
        if fault.connectionErrors.isEmpty, fault.dnsAError != nil || fault.dnsAAAAError != nil {
            return "no address is known for \(fault.host)"
        }
        // One address after the other, mostly for the same reason.
        var reasons: [String] = []
        for failure in fault.connectionErrors {
            let reason = (failure.error as? IOError).map(Self.reason) ?? "\(failure.error)"
            if !reasons.contains(reason) { reasons.append(reason) }
        }
        return reasons.isEmpty ? "\(fault)" : "no connection: " + reasons.joined(separator: ", ")
    }

    private static func reason(_ error: IOError) -> String {
        unsafe String(cString: strerror(error.errnoCode))
    }

    /// BoringSSL tells reasons as constants, behind the path of its source.
    private static func handshake(_ text: String) -> String {
        for (constant, words) in reasons where text.contains(constant) { return words }
        return "no TLS connection: \(text)"
    }

    private static let reasons = [
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not of an authority that is trusted here, or not valid now"),
        ("WRONG_VERSION_NUMBER", "it does not speak TLS: http instead of https?"),
        ("HTTP_REQUEST", "it does not speak TLS: http instead of https?"),
        ("BAD_CERTIFICATE", "it takes no such client certificate"),
        ("UNKNOWN_CA", "it does not know the authority of our client certificate"),
        ("CERTIFICATE_REQUIRED", "it wants a client certificate"),
    ]
}
