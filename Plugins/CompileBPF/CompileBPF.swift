import Foundation
import PackagePlugin

/// Compiles bpf/ with the Swift toolchain's own clang and embeds the object in the
/// target, so that the finished binary carries its programs.
@main
struct CompileBPF: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let clang = try context.tool(named: "clang").url
        let objcopy = try context.tool(named: "llvm-objcopy").url
        let source = context.package.directoryURL.appending(path: "bpf")
        let inputs = try FileManager.default.contentsOfDirectory(
            at: source,
            includingPropertiesForKeys: nil
        )
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedObject.swift")
        return [
            .buildCommand(
                displayName: "Compiling BPF",
                executable: URL(filePath: "/bin/sh"),
                arguments: [
                    source.appending(path: "compile.sh").path, clang.path, objcopy.path,
                    source.path, output.path,
                ],
                inputFiles: inputs,
                outputFiles: [output]
            )
        ]
    }
}
