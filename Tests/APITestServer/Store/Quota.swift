/// A ResourceQuota of one namespace: at most so many objects of a kind.
struct Quota {
    var name: String
    var namespace: String
    var plural: String
    var limit: Int

    func refusal(_ kind: ServedKind, _ name: String, used: Int) -> StatusError {
        .forbidden(
            kind, name,
            "exceeded quota: \(self.name), requested: \(plural)=1, used: \(plural)=\(used), limited: \(plural)=\(limit)")
    }
}
