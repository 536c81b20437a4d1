namespace System.Management.Automation;

/// <summary>A path of the session.</summary>
public sealed class PathInfo
{
    internal PathInfo(string path) => Path = path;

    public string Path { get; }

    public override string ToString() => Path;
}
