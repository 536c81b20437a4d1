using System.Collections.ObjectModel;

namespace System.Management.Automation;

/// <summary>Files and folders as objects.</summary>
public sealed class ItemCmdletProviderIntrinsics
{
    internal ItemCmdletProviderIntrinsics()
    {
    }

    /// <summary>Files and folders by their absolute paths.</summary>
    /// <param name="force">Hidden ones, too, which here are never left out.</param>
    /// <param name="literalPath">Wildcards have no meaning, as here they never have.</param>
    public Collection<PSObject> Get(string[] path, bool force, bool literalPath) =>
        [.. path.Select(one => PSObject.AsPSObject(Directory.Exists(one) ? new DirectoryInfo(one) : new FileInfo(one)))];
}
