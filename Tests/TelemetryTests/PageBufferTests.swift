import Testing

@testable import Telemetry

@Suite struct PageBufferTests {
    @Test func whatIsAppendedIsThere() {
        let buffer = PageBuffer()
        var wanted: [UInt8] = []
        for round in 0..<3000 {
            buffer.append("\(round) ünïcode ")
            buffer.append([1, 2, 3])
            buffer.append(UInt8(round & 0xff))
            buffer.append("")
            buffer.append([UInt8]())
            wanted += Array("\(round) ünïcode ".utf8) + [1, 2, 3, UInt8(round & 0xff)]
        }
        #expect(buffer.count == wanted.count)
        #expect(buffer.bytes == wanted)
        #expect(PageBuffer("x").bytes == [0x78] && PageBuffer(capacity: 0).bytes.isEmpty)
    }
}
