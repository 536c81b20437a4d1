using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Installation;

/// <summary>A NuGet package of native libraries, as the module's own package names it.</summary>
/// <param name="Sha512">Of the file, in hexadecimal digits.</param>
/// <param name="Platform">linux-x64, for example; null: for all.</param>
/// <param name="Backend">cpu or cuda; null: for both.</param>
/// <param name="Length">Bytes of the file; null: the table does not say.</param>
internal sealed record NativePackage(string Id, string Version, string Sha512, string? Platform, string? Backend, long? Length = null)
{
    /// <summary>More than any package of nuget.org may have, which is 250 MB.</summary>
    private const long MostBytes = 1L << 30;

    /// <summary>The most bytes that are read of the file.</summary>
    [JsonIgnore]
    public long Limit => Length ?? MostBytes;

    public string FileName => $"{Id}.{Version}.nupkg".ToLowerInvariant();

    /// <summary>Whether it holds libtorch itself, and not what lies between it and .NET.</summary>
    public bool IsLibTorch => Id.StartsWith("libtorch-", StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// The packages that a module of the gallery needs. The build writes the table, as <c>runtime.json</c>, from the packages it was tested with.
/// </summary>
/// <param name="Name">Of what they make together; versions of the module that need the same share one installation.</param>
internal sealed record PackageTable(string Name, IReadOnlyList<NativePackage> Packages)
{
    internal static readonly JsonSerializerOptions Form = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>This platform's name in .NET's packages, such as <c>linux-x64</c>.</summary>
    public static string Platform { get; } =
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")
        + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>The table of a module's folder; null where the module was built with its libraries beside it.</summary>
    public static PackageTable? Read(string moduleFolder) =>
        ReadFile<PackageTable>(Path.Combine(moduleFolder, "runtime.json"), InstallationErrors.BadTable);

    /// <summary>The content of a JSON file; null if it does not exist.</summary>
    /// <param name="error">Makes the error of a path that cannot be read.</param>
    internal static T? ReadFile<T>(string path, Func<string, Exception, TinySoraException> error)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path), Form) : null;
        }
        catch (Exception e) when (FileFailure.Is(e) || e is JsonException)
        {
            throw error(path, e);
        }
    }

    /// <summary>The packages that this platform needs.</summary>
    /// <param name="withLibTorch">False where libtorch is there already.</param>
    public IReadOnlyList<NativePackage> Wanted(string backend, bool withLibTorch) => [.. Packages.Where(p =>
        (p.Platform ?? Platform) == Platform && (p.Backend ?? backend) == backend && (withLibTorch || !p.IsLibTorch))];
}
