namespace TinySora.Engine.Compute.Native;

/// <summary>NVIDIA's cuDNN 9, which is loaded part by part when a layer first wants one: where a part is missing TorchSharp stays silent.</summary>
internal static class CudnnFiles
{
    private static readonly string[] Parts =
        ["", "_adv", "_cnn", "_engines_precompiled", "_engines_runtime_compiled", "_graph", "_heuristic", "_ops"];

    /// <summary>
    /// The first of cuDNN's files that is missing beside the others; null: all are there, or none is, and the system may have them.
    /// </summary>
    public static string? FirstMissing(IEnumerable<string> folders)
    {
        foreach (var folder in folders.Where(Directory.Exists))
        {
            var missing = Parts.Select(part => (Linux: $"libcudnn{part}.so.9", Windows: $"cudnn{part}64_9.dll"))
                .Select(names => OperatingSystem.IsWindows() ? names.Windows : names.Linux)
                .Select(name => Path.Combine(folder, name)).Where(file => !File.Exists(file)).ToList();
            if (missing.Count > 0 && missing.Count < Parts.Length)
            {
                return missing[0];
            }
        }

        return null;
    }
}
