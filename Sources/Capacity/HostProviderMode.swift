/// What the host provider does beside keeping its ledger.
package enum HostProviderMode: String, Sendable, Hashable, CaseIterable {
    /// Nothing on the node is changed; the ledger says what would be set aside.
    case observe
}
