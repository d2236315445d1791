/// What all experts of one horizon say after one sample, and the unit each residual is in.
struct ExpertView {
    /// Expected peak, by expert, in the series' unit.
    var centers: Lanes = .zero
    /// Unit of the residual, by expert.
    var spreads: Lanes = .zero
    /// 1 for an expert that is warm, 0 for one that sleeps.
    var awake: Lanes = .zero
}
