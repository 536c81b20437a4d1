namespace System.Management.Automation;

/// <summary>A loaded module.</summary>
public sealed class PSModuleInfo
{
    internal PSModuleInfo(string name, Version version, string folder) => (Name, Version, ModuleBase) = (name, version, folder);

    public string Name { get; }

    public Version Version { get; }

    /// <summary>The module's folder.</summary>
    public string ModuleBase { get; }

    public override string ToString() => Name;
}
