namespace System.Management.Automation;

/// <summary>What a path leads into; the host has the file system only.</summary>
public class ProviderInfo
{
    internal static readonly ProviderInfo FileSystem = new("FileSystem");

    private ProviderInfo(string name) => Name = name;

    public string Name { get; }

    public override string ToString() => Name;
}
