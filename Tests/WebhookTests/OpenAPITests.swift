import Aggregates
import Capacity
import Foundation
import Testing

@testable import Webhook

/// deploy/webhook/openapi.yaml says what the code does.
@Suite struct OpenAPITests {
    private func object(_ text: some Sequence<UInt8>) throws -> Any { try JSONSerialization.jsonObject(with: Data(text)) }

    @Test(arguments: Resource.allCases)
    func requestsAreAsDescribed(resource: Resource) throws {
        let schema = try Schema()
        var request = WebhookServiceTests.request
        request.resource = resource
        #expect(try schema.complaints(object(WebhookMessage(request, source: "n").body), as: "Message") == [])
        request.demand = 2.5
        request.chunks = [ChunkCount(shape: "small", count: 3)]
        #expect(try schema.complaints(object(WebhookMessage(request, source: "n").body), as: "Message") == [])
    }

    @Test func aPingIsAsDescribedAndTheSchemaIsStrict() throws {
        let schema = try Schema()
        #expect(try schema.complaints(object(WebhookMessage.ping(source: "n").body), as: "Message") == [])
        #expect(try schema.complaints(object(#"{"version":1,"type":"ping"}"#.utf8), as: "Message") != [])
        #expect(try schema.complaints(object(#"{"version":1,"type":"ping","source":"n","more":1}"#.utf8), as: "Message") != [])
    }

    /// Each reply is taken exactly when it is as described.
    @Test(arguments: [
        #"{"outcome":"granted"}"#, #"{"outcome":"granted","amount":3}"#, #"{"outcome":"granted","amount":-3}"#,
        #"{"outcome":"granted","amount":"3"}"#, #"{"outcome":"partial","amount":3}"#, #"{"outcome":"partial"}"#,
        #"{"outcome":"partial","amount":-1}"#, #"{"outcome":"partial","amount":1,"reason":"quota"}"#,
        #"{"outcome":"denied"}"#, #"{"outcome":"denied","reason":"no"}"#, #"{"outcome":"denied","reason":7}"#,
        #"{"outcome":"pending","poll":"/x"}"#, #"{"outcome":"pending"}"#,
        #"{"outcome":"pending","poll":"/x","retry_after_s":3}"#, #"{"outcome":"other"}"#, #"{}"#, "[]",
        #"{"outcome":"granted","more":[1]}"#,
    ])
    func repliesThatAreDescribedAreTaken(text: String) throws {
        let isDescribed = try Schema().complaints(object(text.utf8), as: "Reply").isEmpty
        let isTaken = (try? WebhookReply(Array(text.utf8), requested: 4)) != nil
        #expect(isTaken == isDescribed, "taken \(isTaken), described \(isDescribed)")
    }

    @Test func theSignatureIsAsDescribed() throws {
        let scratch = try Scratch()
        let key = try scratch.write("key", Scratch.key)
        let parameter = try Schema().node("components", "parameters", "Signature", "schema", "pattern")
        let signature = try SigningKeys(files: [key, key]).signature(method: "GET", target: "/", body: [], unixSeconds: 17)
        let pattern = try Regex(Schema.text(parameter))
        #expect(try pattern.wholeMatch(in: signature) != nil)
    }
}
