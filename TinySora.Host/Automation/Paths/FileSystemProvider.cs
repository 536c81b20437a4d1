namespace Microsoft.PowerShell.Commands;

/// <summary>Stands for the file system where a cmdlet compares a path's provider.</summary>
public sealed class FileSystemProvider
{
    public const string ProviderName = "FileSystem";

    internal FileSystemProvider()
    {
    }
}
