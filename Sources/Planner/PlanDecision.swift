package import Aggregates

/// One round's answer for one pool and resource: what should be held, and what to ask for now.
///
/// The words are made when `reasons` is read, from numbers kept here, so a decision that nobody
/// reads costs no allocation.
package struct PlanDecision: Sendable, Hashable {
    package let resource: Resource
    package let timeNanoseconds: Int64
    /// Demand now, in the resource's unit.
    package let demand: Double
    /// The pool's forecast, with what is scheduled, or `nil`.
    package let forecast: Double?
    /// What the cheapest rules of the last days ask for, or `nil` when the forecast itself is
    /// planned on.
    package let optimised: OptimisedTarget?
    /// What the executed plan taught the planner to add to what is wanted (or take off).
    package let correction: Double
    /// How far what is wanted is off the forecast as it came in: by what was cheapest, by
    /// correction and by what is scheduled; 0 without a forecast.
    package let shift: Double
    /// The newsvendor fraction: how much of the time the executed plan is to cover demand.
    package let fraction: Double
    /// The quantile of the peak over the lead time that `forecast` stands for.
    package let forecastQuantile: Double
    /// Total capacity wanted, in whole chunks: never below demand unless at the maximum or at
    /// `ceiling`.
    package let target: Double
    /// The same without `ceiling`: what it would have if there were enough.
    package let wanted: Double
    package let ready: Double
    package let pending: Double
    /// Signed amount to ask for now; 0 when there is nothing to ask for.
    package let change: Double
    /// What the change is expected to save, as so many units that stand idle cost; negative when
    /// it is expected to cost more. Nil without a change, or when nothing is known of how the peak
    /// over the lead is distributed.
    package let saving: Double?
    /// See `ResourcePlanConfiguration.holdPrice`.
    package let holdPrice: Double?
    /// Why.
    package let cause: PlanCause
    /// The need is above the configured maximum, so `target` is that maximum.
    package let isCapped: Bool
    /// Its share of what there is, where that is less than the need; `target` is at most that.
    package let ceiling: Double?
    /// See `PoolDemand.isExceptional`.
    package let isExceptional: Bool
    /// See `PoolDemand.scheduled`.
    package let scheduled: Double
    /// See `PoolDemand.requests`.
    package let requests: RequestOutlook?
    /// The configured step of capacity.
    package let chunk: Double
    /// The lead time that the forecast is for.
    package let leadTimeNanoseconds: Int64
    /// What is known of the lead time, where that is not what is configured.
    package let learnedLead: LearnedLeadFigures?
    package let topContributors: [PoolContributor]
    /// See `PoolDemand.contributorNeed`.
    package let contributorNeed: Double

    /// Capacity wanted beyond what is used now. Negative only when capped.
    package var buffer: Double { target - demand }

    /// The total to have asked for once this decision is carried out.
    package var requestedTotal: Double { ready + pending + change }

    /// `saving` an hour, in the currency of the price; nil without one.
    package var savingPerHour: Double? {
        guard let saving, let holdPrice else { return nil }
        return saving * holdPrice
    }

    /// When what is asked for now should be there, nanoseconds.
    package var neededByNanoseconds: Int64 {
        let (due, overflow) = timeNanoseconds.addingReportingOverflow(leadTimeNanoseconds)
        return overflow ? .max : due
    }

    /// Where the pool stands once this decision is carried out and nothing of it has come yet.
    package var account: BufferAccount {
        BufferAccount(
            demand: demand, granted: ready, pending: pending, reserved: requestedTotal,
            wanted: target)
    }

    /// What of the free capacity is there for one application.
    package func buffer(for application: PoolContributor) -> Double {
        account.share(
            need: max(0, application.quantile - application.inUse), of: contributorNeed)
    }

    /// Why, in words and numbers with units. Allocates; O(1).
    package var reasons: [String] { PlanWording(self).lines }
}
