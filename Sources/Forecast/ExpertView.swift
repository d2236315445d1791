/// What all experts of one horizon say after one sample, and how wide each thinks in.
struct ExpertView {
    /// Expected peak, by expert, in the series' unit.
    var centers: Lanes
    /// Unit of the residual, by expert; 0 where the expert uses its own tracked error.
    var spreads: Lanes
    /// 1 for an expert that is warm, 0 for one that sleeps.
    var awake: Lanes
}
