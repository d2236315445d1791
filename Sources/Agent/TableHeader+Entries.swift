package import Aggregates
package import HeadroomABI

/// A plan that the shared table shows.
package struct ShownPlan: Sendable {
    package let resource: Resource
    package let figures: hr_plan_figures
    package let reason: String
    /// A pool's name; nil: what is in none, so without pools the whole node.
    package let pool: String?
    /// Cgroups that a pool added up; 0 for the node.
    package let applications: Int
    /// When the reason was given, Unix nanoseconds, where that was at another time than the figures'.
    package let reasonNanoseconds: UInt64?

    package init(
        resource: Resource, figures: hr_plan_figures, reason: String, pool: String?, applications: Int,
        reasonNanoseconds: UInt64? = nil
    ) {
        self.resource = resource
        self.figures = figures
        self.reason = reason
        self.pool = pool
        self.applications = applications
        self.reasonNanoseconds = reasonNanoseconds
    }

    package var forecast: Double? { figures.forecast.isNaN ? nil : figures.forecast }
    package var allocatable: Double? { figures.allocatable.isNaN ? nil : figures.allocatable }
    package var coverage: Double? { figures.coverage.isNaN ? nil : figures.coverage }
    /// Of one unit held for an hour.
    package var holdPrice: Double? { figures.hold_price.isNaN ? nil : figures.hold_price }

    /// Of the forecast that is planned on, by the header's quantiles; NaN where there is none.
    package var ladder: [Double] {
        unsafe withUnsafeBytes(of: figures.ladder) { unsafe Array($0.bindMemory(to: Double.self)) }
    }
}

/// A request that the shared table shows.
package struct ShownRequest: Sendable {
    package let resource: Resource
    package let figures: hr_request_figures
    /// A cgroup's path, a pool, or the node.
    package let pool: String
    package let reason: String

    package init(resource: Resource, figures: hr_request_figures, pool: String, reason: String) {
        self.resource = resource
        self.figures = figures
        self.pool = pool
        self.reason = reason
    }

    package var isOfNode: Bool { pool == EngineConfiguration().pool }
    package var outcome: String {
        let names = OutcomeSummary.names
        return Int(figures.outcome) < names.count ? names[Int(figures.outcome)] : "?"
    }
}

extension TableHeader {
    /// Of the node, then of the pools.
    package var plans: [ShownPlan] { nodePlans + poolPlans }

    private var nodePlans: [ShownPlan] {
        unsafe withElements(of: \.plans, as: hr_table_plan.self) { entries in
            Resource.measured.compactMap { resource in
                let entry = unsafe entries.baseAddress! + Int(resource.rawValue)
                guard unsafe entry.pointee.figures.time_ns != 0 else { return nil }
                return ShownPlan(
                    resource: resource, figures: unsafe entry.pointee.figures,
                    reason: unsafe TableText.read(\.reason, of: entry), pool: nil, applications: 0)
            }
        }
    }

    private var poolPlans: [ShownPlan] {
        unsafe withElements(of: \.pool_plans, as: hr_table_pool_plan.self) { entries in
            (0..<min(Int(self.pool_plan_count), entries.count)).compactMap { place in
                let entry = unsafe entries.baseAddress! + place
                guard unsafe entry.pointee.plan.figures.time_ns != 0,
                    let resource = Resource(rawValue: UInt8(clamping: unsafe entry.pointee.resource))
                else { return nil }
                return ShownPlan(
                    resource: resource, figures: unsafe entry.pointee.plan.figures,
                    reason: unsafe TableText.read(\.plan.reason, of: entry),
                    pool: unsafe TableText.read(\.pool, of: entry),
                    applications: Int(unsafe entry.pointee.applications))
            }
        }
    }

    /// The last requests, newest first.
    package var requests: [ShownRequest] {
        unsafe withElements(of: \.requests, as: hr_table_request.self) { entries in
            let kept = min(self.request_count, UInt64(entries.count))
            return (0..<kept).compactMap { back in
                let place = Int((self.request_count - 1 - back) % UInt64(entries.count))
                let entry = unsafe entries.baseAddress! + place
                let figures = unsafe entry.pointee.figures
                guard let resource = Resource(rawValue: UInt8(clamping: figures.resource)) else {
                    return nil
                }
                return ShownRequest(
                    resource: resource, figures: figures,
                    pool: unsafe TableText.read(\.pool, of: entry),
                    reason: unsafe TableText.read(\.reason, of: entry))
            }
        }
    }
}
