import FoundationEssentials
import KubernetesCapacity
import TestSupport
import Testing

@Suite struct CapacityQuantityTests {
    /// From `k8s.io/apimachinery/pkg/api/resource`: what is written, and what the server makes of it.
    @Test(arguments: [
        ("0", "0"), ("0Ki", "0"), ("1", "1"), ("1000m", "1"), ("1500m", "1500m"), ("1.5", "1500m"),
        ("0.001", "1m"), ("1.5Gi", "1536Mi"), ("1024Ki", "1Mi"), ("1023", "1023"),
        ("1000Ki", "1000Ki"),
        ("0.5Ki", "512"), ("0.1Ki", "102400m"), ("2G", "2G"), ("2000M", "2G"), ("12e6", "12e6"),
        ("12E6", "12e6"), ("1e3", "1e3"), ("1e0", "1"), ("1e-3", "1e-3"), ("100n", "100n"),
        ("1000u", "1m"), ("0.9n", "1n"), ("-1.5", "-1500m"), ("+4", "4"), ("1.", "1"),
        (".5", "500m"),
        ("1E", "1E"), ("9223372036854775807", "9223372036854775807"),
        ("8Ei", "9223372036854775807"),
        ("1000E", "1e21"), ("0.0000000001", "1n"), ("00012", "12"), ("1048576", "1048576"),
    ])
    func isWrittenInItsCanonicalForm(written: String, canonical: String) throws {
        let quantity = try #require(ResourceQuantity(written))
        #expect(quantity.description == canonical)
    }

    @Test(arguments: [
        "", " 1", "1 ", ".", "-", "e3", "1e", "1e1.5", "1ki", "1K", "1KiB", "1mm", "--1", "1_000",
        "٣",
        "0x10", "1e99", "NaN", "inf",
    ])
    func whatIsNoQuantityIsRefused(text: String) {
        #expect(ResourceQuantity(text) == nil)
    }

    @Test func writtenFormsDoNotMatterForEquality() throws {
        #expect(ResourceQuantity("1") == ResourceQuantity("1000m"))
        #expect(ResourceQuantity("1Gi") == ResourceQuantity("1073741824"))
        #expect(ResourceQuantity("1k") == ResourceQuantity("1e3"))
        #expect(try #require(ResourceQuantity("999m")) < #require(ResourceQuantity("1")))
        #expect(ResourceQuantity("1Gi")?.hashValue == ResourceQuantity("1024Mi")?.hashValue)
    }

    @Test func partsOfAUnitAreRoundedUp() throws {
        let small = try #require(ResourceQuantity("100u"))
        #expect(small.milli == 1)
        #expect(small.units == 1)
        let negative = try #require(ResourceQuantity("-1.5"))
        #expect(negative.milli == -1500)
        #expect(negative.units == -1)
        #expect(try #require(ResourceQuantity("1000E")).units == nil)
    }

    /// Whatever is written and read again is the same, and the canonical form is its own.
    @Test func everyAmountSurvivesWritingAndReading() throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<4_000 {
            let power = Int.random(in: 0...50, using: &random)
            let amount = Int.random(in: -(1 << power)...(1 << power), using: &random)
            for quantity in [
                ResourceQuantity(milli: amount), ResourceQuantity(amount),
                ResourceQuantity(amount, format: .binary),
                ResourceQuantity(amount, format: .exponent),
            ] {
                let text = quantity.description
                let again = try #require(ResourceQuantity(text), "\(text)")
                #expect(again == quantity)
                #expect(again.description == text)
            }
        }
    }

    /// Held against arithmetic on whole numbers.
    @Test func suffixesMultiply() throws {
        var random = SeededGenerator(seed: 11)
        let factors: [(String, Int)] = [
            ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("Ki", 1 << 10), ("Mi", 1 << 20),
            ("Gi", 1 << 30), ("e3", 1_000), ("", 1),
        ]
        for _ in 0..<2_000 {
            let number = Int.random(in: 0...4_000_000, using: &random)
            let (suffix, factor) = factors.randomElement(using: &random)!
            #expect(ResourceQuantity("\(number)\(suffix)")?.units == number * factor)
        }
    }

    @Test func jsonMayHoldAStringOrANumber() throws {
        let json = Data(#"{"cpu":"500m","memory":1073741824,"share":0.5}"#.utf8)
        let list = try JSONDecoder().decode(ResourceList.self, from: json)
        #expect(list["cpu"]?.milli == 500)
        #expect(list["memory"] == ResourceQuantity("1Gi"))
        #expect(list["share"]?.milli == 500)
        let encoded = try JSONEncoder().encode(["cpu": ResourceQuantity(milli: 250)])
        #expect(String(decoding: encoded, as: UTF8.self) == #"{"cpu":"250m"}"#)
    }

    @Test func aBrokenQuantityNamesItself() {
        let json = Data(#"{"cpu":"half"}"#.utf8)
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ResourceList.self, from: json)
        }
        #expect("\(error!)".contains("\"half\" is not a quantity"))
    }
}
