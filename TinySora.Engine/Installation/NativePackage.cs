using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Installation;

/// <summary>A NuGet package of native libraries, as listed in the module's table.</summary>
/// <param name="Sha512">SHA-512 hash of the package file, in hexadecimal digits.</param>
/// <param name="Platform">Platform that the package is for, such as linux-x64; <c>null</c> if it is for all platforms.</param>
/// <param name="Backend">Backend that the package is for, cpu or cuda; <c>null</c> if it is for both.</param>
/// <param name="Length">Size of the file in bytes; <c>null</c> if the table does not list it.</param>
internal sealed record NativePackage(string Id, string Version, string Sha512, string? Platform, string? Backend, long? Length = null)
{
    /// <summary>Maximum size in bytes of packages whose size is not listed. For comparison, nuget.org accepts packages of up to 250 MB.</summary>
    private const long MaxBytes = 1L << 30;

    /// <summary>Maximum number of bytes to read from the package file.</summary>
    [JsonIgnore]
    public long Limit => Length ?? MaxBytes;

    public string FileName => $"{Id}.{Version}.nupkg".ToLowerInvariant();

    /// <summary>Whether the package contains libtorch itself, as opposed to the binding between libtorch and .NET.</summary>
    public bool IsLibTorch => Id.StartsWith("libtorch-", StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// The packages that a module from the PowerShell Gallery needs. The build writes this table to <c>runtime.json</c>; it lists the packages that the module
/// was tested with.
/// </summary>
/// <param name="Name">Name of the set of packages. Module versions that need the same set share one installation.</param>
internal sealed record PackageTable(string Name, IReadOnlyList<NativePackage> Packages)
{
    internal static readonly JsonSerializerOptions JsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Name of this platform in .NET packages, such as <c>linux-x64</c>.</summary>
    public static string Platform { get; } =
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")
        + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>Reads the table in a module's folder; returns <c>null</c> if the module was built with its libraries.</summary>
    public static PackageTable? Read(string moduleFolder) =>
        ReadFile<PackageTable>(Path.Combine(moduleFolder, "runtime.json"), InstallationErrors.BadTable);

    /// <summary>Returns the content of a JSON file; <c>null</c> if it does not exist.</summary>
    /// <param name="error">Function that creates the error for a file that cannot be read.</param>
    internal static T? ReadFile<T>(string path, Func<string, Exception, TinySoraException> error)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path), JsonOptions) : null;
        }
        catch (Exception e) when (FileFailure.Is(e) || e is JsonException)
        {
            throw error(path, e);
        }
    }

    /// <summary>Returns the packages that this platform needs.</summary>
    /// <param name="withLibTorch">Whether to include libtorch.</param>
    public IReadOnlyList<NativePackage> Wanted(string backend, bool withLibTorch) => [.. Packages.Where(p =>
        (p.Platform ?? Platform) == Platform && (p.Backend ?? backend) == backend && (withLibTorch || !p.IsLibTorch))];
}
