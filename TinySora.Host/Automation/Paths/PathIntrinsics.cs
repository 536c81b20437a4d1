using System.Collections.ObjectModel;

namespace System.Management.Automation;

/// <summary>Paths as a user types them to paths of the file system.</summary>
public sealed class PathIntrinsics
{
    internal PathIntrinsics(string location) => CurrentFileSystemLocation = new PathInfo(location);

    public PathInfo CurrentFileSystemLocation { get; }

    private FileSystemPaths Paths => new(CurrentFileSystemLocation.Path);

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
}
