/// deploy/headroom.yaml: every key with its default, and what it is for.
package enum ExampleFile {
    package static var bytes: [UInt8] { PackageResources.headroom_yaml }
}
