// Whoever uses the client uses its objects. They are a module of their own so that what a server sends can be
// read, and so fuzzed, without a network library.
@_exported public import KubernetesObjects
