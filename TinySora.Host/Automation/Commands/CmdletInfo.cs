namespace System.Management.Automation;

/// <summary>A command that is a class.</summary>
public class CmdletInfo : CommandInfo
{
    private readonly Func<string> syntax;

    internal CmdletInfo(string verb, string noun, Type implementingType, PSModuleInfo? module, Func<string> syntax)
        : base($"{verb}-{noun}", CommandTypes.Cmdlet, module)
    {
        (Verb, Noun, ImplementingType) = (verb, noun, implementingType);
        this.syntax = syntax;
    }

    public string Verb { get; }

    public string Noun { get; }

    public Type ImplementingType { get; }

    public override string Definition => syntax();
}
