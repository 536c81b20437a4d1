namespace System.Management.Automation;

/// <summary>What a cmdlet can ask of the files and folders themselves.</summary>
public sealed class ProviderIntrinsics
{
    internal ProviderIntrinsics()
    {
    }

    public ItemCmdletProviderIntrinsics Item { get; } = new();
}
