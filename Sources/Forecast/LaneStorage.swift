/// `Lanes` at rest: the same 64 bytes on a 16-byte boundary instead of a 64-byte one, so that no
/// record is padded. Reading and writing are four register moves.
struct LaneStorage: BitwiseCopyable, Sendable {
    private var first: SIMD4<Float>
    private var second: SIMD4<Float>
    private var third: SIMD4<Float>
    private var fourth: SIMD4<Float>

    @inline(__always)
    init(_ lanes: Lanes) {
        first = lanes.lowHalf.lowHalf
        second = lanes.lowHalf.highHalf
        third = lanes.highHalf.lowHalf
        fourth = lanes.highHalf.highHalf
    }

    @inline(__always)
    var lanes: Lanes {
        get {
            Lanes(
                lowHalf: SIMD8(lowHalf: first, highHalf: second),
                highHalf: SIMD8(lowHalf: third, highHalf: fourth)
            )
        }
        set { self = LaneStorage(newValue) }
    }
}
