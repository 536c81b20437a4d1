namespace System.Management.Automation;

/// <summary>A command that can be called.</summary>
public abstract class CommandInfo
{
    internal CommandInfo(string name, CommandTypes type, PSModuleInfo? module) => (Name, CommandType, Module) = (name, type, module);

    public string Name { get; }

    public CommandTypes CommandType { get; }

    public PSModuleInfo? Module { get; }

    public string ModuleName => Module?.Name ?? "";

    public virtual Version? Version => Module?.Version;

    public virtual string Source => ModuleName;

    /// <summary>The syntax.</summary>
    public abstract string Definition { get; }

    public override string ToString() => Name;
}
