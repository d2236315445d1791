import Foundation
import PackagePlugin

/// Compiles BPF with the Swift toolchain's own clang and embeds the object in the target, so
/// that the finished binary carries its programs.
///
/// A target that has a folder bpf/ with one .bpf.c gets that; others get the product's own.
@main
struct CompileBPF: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let clang = try context.tool(named: "clang").url
        let objcopy = try context.tool(named: "llvm-objcopy").url
        let headers = context.package.directoryURL.appending(path: "bpf")
        let own = (target as? any SourceModuleTarget)?.directoryURL.appending(path: "bpf")
        let ownFiles = own.flatMap { try? Self.files(in: $0) } ?? []
        let source =
            ownFiles.first { $0.path.hasSuffix(".bpf.c") }
            ?? headers.appending(path: "headroom.bpf.c")
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedObject.swift")
        return [
            .buildCommand(
                displayName: "Compiling BPF",
                executable: URL(filePath: "/bin/sh"),
                arguments: [
                    headers.appending(path: "compile.sh").path, clang.path, objcopy.path,
                    headers.path, source.path, output.path,
                ],
                inputFiles: try Self.files(in: headers) + ownFiles,
                outputFiles: [output]
            )
        ]
    }

    private static func files(in directory: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
    }
}
