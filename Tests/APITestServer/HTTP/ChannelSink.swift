internal import NIOCore
internal import NIOHTTP1

/// A watch's connection.
final class ChannelSink: WatchSink {
    private let channel: any Channel

    init(_ channel: any Channel) { self.channel = channel }

    func send(_ line: String) {
        let channel = channel
        channel.eventLoop.execute {
            channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: line))), promise: nil)
        }
    }

    func end(midLine: Bool) {
        let channel = channel
        channel.eventLoop.execute {
            if midLine {
                let half = ByteBuffer(string: #"{"type":"MODIFIED","object":{"kind":"#)
                channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(half)), promise: nil)
                channel.close(promise: nil)
            } else {
                channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
            }
        }
    }
}
