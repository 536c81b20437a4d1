using System.Collections.ObjectModel;

namespace System.Management.Automation;

/// <summary>Paths as a user types them to paths of the file system.</summary>
public sealed class PathIntrinsics
{
    internal PathIntrinsics(string location) => CurrentFileSystemLocation = new PathInfo(location);

    public PathInfo CurrentFileSystemLocation { get; }

    public PathInfo CurrentLocation => CurrentFileSystemLocation;

    private FileSystemPaths Paths => new(CurrentFileSystemLocation.Path);

    public PathInfo CurrentProviderLocation(string providerName) => providerName == ProviderInfo.FileSystem.Name
        ? CurrentFileSystemLocation
        : throw new ProviderNotFoundException($"Cannot find a provider with the name '{providerName}'.") { ItemName = providerName };

    /// <summary>Absolute path; nothing is looked up.</summary>
    public string GetUnresolvedProviderPathFromPSPath(string path) => Paths.Absolute(path);

    public string GetUnresolvedProviderPathFromPSPath(string path, out ProviderInfo provider, out PSDriveInfo? drive)
    {
        (provider, drive) = (ProviderInfo.FileSystem, null);
        return Paths.Absolute(path);
    }

    /// <summary>The existing paths that a path or pattern names; a pattern may name none.</summary>
    public Collection<string> GetResolvedProviderPathFromPSPath(string path, out ProviderInfo provider)
    {
        provider = ProviderInfo.FileSystem;
        return [.. Paths.Expand(path)];
    }

    public Collection<PathInfo> GetResolvedPSPathFromPSPath(string path) => [.. Paths.Expand(path).Select(p => new PathInfo(p))];

    public string Combine(string parent, string child) => IO.Path.Combine(parent, child);

    public string ParseChildName(string path) => IO.Path.GetFileName(IO.Path.TrimEndingDirectorySeparator(path));

    public string ParseParent(string path, string root) =>
        IO.Path.GetDirectoryName(IO.Path.TrimEndingDirectorySeparator(path)) ?? root ?? "";

    public bool IsProviderQualified(string path) => path.Contains("::", StringComparison.Ordinal);
}
