using Microsoft.PowerShell.Commands;

namespace System.Management.Automation;

/// <summary>What a path leads into; the host has the file system only.</summary>
public class ProviderInfo
{
    internal static readonly ProviderInfo FileSystem = new("FileSystem", typeof(FileSystemProvider));

    private ProviderInfo(string name, Type implementingType) => (Name, ImplementingType) = (name, implementingType);

    public string Name { get; }

    public Type ImplementingType { get; }

    public override string ToString() => Name;
}
