/// ln x for normal, positive x, to 1e-9: the exponent's share plus the series of
/// 2 artanh((m - 1)/(m + 1)) for the significand. Written out because the C library's last bit
/// differs between machines and replay must not.
func naturalLogarithm(_ x: Double) -> Double {
    var significand = x.significand
    var exponent = Double(x.exponent)
    if significand > 1.414_213_562_373_095 {
        significand /= 2
        exponent += 1
    }
    let t = (significand - 1) / (significand + 1)
    let s = t * t
    var series = 1.0 / 11
    for divisor in [9.0, 7, 5, 3, 1] { series = series * s + 1 / divisor }
    return exponent * 0.693_147_180_559_945_3 + 2 * t * series
}
