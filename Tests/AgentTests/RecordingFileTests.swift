import Aggregates
import Capacity
import Foundation
import Planner
import TestSupport
import Testing

@testable import Agent

/// Recordings on disk: damage is told with file and byte, never followed by a crash.
@Suite struct RecordingFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A small recording with one frame of each kind.
    /// - Returns: its bytes and where each frame begins.
    private func recording(_ name: String = "good.hrr") throws -> (bytes: [UInt8], starts: [Int]) {
        var configuration = EngineConfiguration.small()
        configuration.tableSlots = 2
        var input = TickInput()
        input.observations = [nil, CapacityObservation(ready: 1, pending: 0, allocatable: nil)]
        var starts = [Recorder.magic.count]
        do {
            var recorder = try Recorder(path: directory.file(name), configuration: configuration)
            let frames: [RecordingFrame] = [
                .found(id: 1, path: "/"), .record([1, 2, 3, 4]), .tick(input),
                .outcome(requestID: 1, provider: "host", .granted(amount: 1)),
            ]
            for frame in frames {
                starts.append(recorder.byteCount)
                recorder.append(frame)
                try recorder.flush()
            }
        }
        return (try directory.read(name), starts)
    }

    /// Reads every frame.
    private static func readAll(_ path: String) throws(AgentError) -> Int {
        var reader = try RecordingReader(path: path)
        while try reader.next() != nil {}
        return reader.frames
    }

    private static func failure(_ path: String) -> AgentError? {
        do throws(AgentError) {
            _ = try readAll(path)
            return nil
        } catch {
            return error
        }
    }

    @Test func goodRecordingIsReadWhole() throws {
        let (_, starts) = try recording()
        #expect(try Self.readAll(directory.file("good.hrr")) == starts.count)
    }

    @Test func recordingTruncatedAtAnyByteSaysWhereItEnds() throws {
        let (bytes, starts) = try recording("cut.hrr")
        let path = directory.file("cut.hrr")
        let file = try #require(FileHandle(forWritingAtPath: path))
        for count in (0..<bytes.count).reversed() {
            try file.truncate(atOffset: UInt64(count))
            let error = Self.failure(path)
            if count < Recorder.magic.count {
                #expect(
                    error?.description
                        == "\(path): not a headroom recording (it should begin with HRREC003)"
                )
            } else if starts.contains(count) {
                #expect(error == nil, "cut between frames at \(count), it is a shorter recording")
                #expect(try Self.readAll(path) == starts.filter { $0 < count }.count)
            } else {
                let frame = starts.lastIndex { $0 <= count }!
                #expect(
                    error?.description
                        == "\(path): ends in the middle of a frame at byte \(starts[frame]), after "
                        + "\(frame) good frames; what came before was replayed",
                    "\(count)"
                )
            }
            #expect(error == nil || error?.kind == .failed)
        }
    }

    @Test func anyFlippedBitIsToldWithFileAndByte() throws {
        let (bytes, starts) = try recording("flip.hrr")
        let path = directory.file("flip.hrr")
        let file = try #require(FileHandle(forWritingAtPath: path))
        func put(_ byte: UInt8, at index: Int) throws {
            try file.seek(toOffset: UInt64(index))
            try file.write(contentsOf: [byte])
        }
        for index in bytes.indices {
            defer { try? put(bytes[index], at: index) }
            for bit in 0..<8 {
                try put(bytes[index] ^ 1 << bit, at: index)
                guard let error = Self.failure(path) else {
                    Issue.record("bit \(bit) of byte \(index) went unnoticed")
                    continue
                }
                #expect(error.description.hasPrefix(path + ": "))
                if index >= Recorder.magic.count {
                    let start = starts.last { $0 <= index }!
                    #expect(error.description.contains(" at byte \(start), after "))
                }
            }
        }
        #expect(try directory.read("flip.hrr") == bytes, "each bit was flipped alone")
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func randomBytesBehindTheMagicNeverCrash(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var bytes = Recorder.magic
        for _ in 0..<Int.random(in: 1...300, using: &generator) {
            bytes.append(UInt8.random(in: 0...7, using: &generator))
        }
        let path = try directory.write(bytes, to: "noise.hrr")
        #expect(Self.failure(path)?.description.contains("at byte 8") == true)
    }

    @Test(arguments: [32 << 20 + 1, 1 << 31, .max] as [UInt32])
    func impossibleLengthIsRefusedBeforeAnythingIsAllocated(length: UInt32) throws {
        var writer = ByteWriter()
        writer.write(RecordingFrame.Kind.record.rawValue)
        writer.write(length)
        let path = try directory.write(Recorder.magic + writer.bytes, to: "long.hrr")
        #expect(
            Self.failure(path)?.description
                == "\(path): frame of unknown kind 2 or impossible length \(length) at byte 8,"
                + " after 0 good frames; what came before was replayed"
        )
    }

    @Test(arguments: [0, 10, 11, 255] as [UInt8])
    func unknownKindIsRefused(kind: UInt8) throws {
        let (bytes, starts) = try recording()
        var damaged = bytes
        damaged[starts[1]] = kind
        let path = try directory.write(damaged, to: "kind.hrr")
        let error = try #require(Self.failure(path)).description
        #expect(error.contains("frame of unknown kind \(kind)"))
        #expect(error.contains("at byte \(starts[1]), after 1 good frames"))
    }

    @Test(arguments: ["HRREC001", "hrrec001", "not a recording at all", ""])
    func fileWithAnotherBeginningIsNoRecording(text: String) throws {
        let path = try directory.write(Array(text.utf8), to: "other")
        #expect(
            Self.failure(path)?.description
                == "\(path): not a headroom recording (it should begin with HRREC003)"
        )
    }

    @Test func fileThatIsNotThereIsNamed() {
        let path = directory.file("nowhere.hrr")
        #expect(Self.failure(path)?.description == "open \(path): No such file or directory")
    }

    @Test func existingFileIsNeverWrittenOver() throws {
        let path = try directory.write(Array("precious".utf8), to: "night.hrr")
        var message = ""
        do throws(AgentError) {
            _ = try Recorder(path: path, configuration: EngineConfiguration())
        } catch {
            message = error.description
        }
        #expect(message == "\(path): there is such a file already; name another")
        #expect(try directory.read("night.hrr") == Array("precious".utf8))
    }

    @Test func recordingInADirectoryThatIsNotThereIsAClearError() {
        let path = directory.file("missing/night.hrr")
        var message = ""
        do throws(AgentError) {
            _ = try Recorder(path: path, configuration: EngineConfiguration())
        } catch {
            message = error.description
        }
        #expect(message == "open \(path): No such file or directory")
    }
}
