using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Training.Export;

/// <summary>ONNX Runtime for browsers: two files from the npm package onnxruntime-web, in the single-threaded variant without GPU support.</summary>
/// <param name="Script">A JavaScript module.</param>
/// <param name="Binary">WebAssembly code.</param>
internal sealed record WebRuntime(byte[] Script, byte[] Binary)
{
    public const string Package = "onnxruntime-web";
    public const string Version = "1.30.0";

    private const string ScriptPath = "dist/ort.wasm.bundle.min.mjs";
    private const string BinaryPath = "dist/ort-wasm-simd-threaded.wasm";

    /// <summary>SHA-512 hash of the package version that TinySora was tested with, as base64.</summary>
    private const string Hash = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==";

    /// <summary>Reads both files from the package.</summary>
    /// <param name="path">Unpacked folder or .tgz file of the package; <c>null</c> to fetch the package with npm from the registry that npm is configured to
    /// use.</param>
    /// <exception cref="TinySoraException">NoWebRuntime, NoNpm, NpmFailed, WebRuntimeChanged.</exception>
    public static WebRuntime Open(string? path, CancellationToken cancellationToken)
    {
        if (path is null)
        {
            return Fetched(cancellationToken);
        }

        try
        {
            return Directory.Exists(path)
                ? new(File.ReadAllBytes(Path.Combine(path, ScriptPath)), File.ReadAllBytes(Path.Combine(path, BinaryPath)))
                : Unpacked(path);
        }
        catch (Exception e) when (FileFailure.Is(e) || e is InvalidDataException or KeyNotFoundException)
        {
            throw CheckpointErrors.NoWebRuntime(path, $"{Package} {Version}", e);
        }
    }

    private static WebRuntime Fetched(CancellationToken cancellationToken)
    {
        var npm = ProgramPath.FindScript("npm") ?? throw CheckpointErrors.NoNpm($"{Package}@{Version}");
        using var folder = PrivateTempFolder.Create("npm");
        using var process = ProgramPath.Start(new ProcessStartInfo(npm, ["pack", $"{Package}@{Version}", "--silent"])
        {
            WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true,
        });
        using var stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancellationToken.ThrowIfCancellationRequested();
        var file = Path.Combine(folder.Path, $"{Package}-{Version}.tgz");
        if (process.ExitCode != 0 || !File.Exists(file))
        {
            throw CheckpointErrors.NpmFailed($"{Package}@{Version}", errors.Result.Trim());
        }

        return Convert.ToBase64String(SHA512.HashData(File.ReadAllBytes(file))) == Hash ? Unpacked(file)
            : throw CheckpointErrors.WebRuntimeChanged($"{Package}@{Version}");
    }

    private static WebRuntime Unpacked(string archive)
    {
        using var file = File.OpenRead(archive);
        using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(unzipped);
        var found = new Dictionary<string, byte[]>();
        while (tar.GetNextEntry() is TarEntry entry)
        {
            if (entry.Name is $"package/{ScriptPath}" or $"package/{BinaryPath}" && entry.DataStream is Stream data)
            {
                using var bytes = new MemoryStream();
                data.CopyTo(bytes);
                found[entry.Name] = bytes.ToArray();
            }
        }

        return new(found[$"package/{ScriptPath}"], found[$"package/{BinaryPath}"]);
    }
}
