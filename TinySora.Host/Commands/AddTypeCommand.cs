using System.Reflection;

namespace TinySora.Commands;

/// <summary>Loads assemblies; what PowerShell compiles besides, it compiles itself.</summary>
[Cmdlet(VerbsCommon.Add, "Type", DefaultParameterSetName = "Path")]
public sealed class AddTypeCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path")]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "Name")]
    [Alias("AN")]
    public string[] AssemblyName { get; set; } = [];

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void EndProcessing()
    {
        var loaded = Path.SelectMany(p => SessionState.Path.GetResolvedProviderPathFromPSPath(p, out _))
            .Concat(LiteralPath.Select(SessionState.Path.GetUnresolvedProviderPathFromPSPath)).Select(Assembly.LoadFrom)
            .Concat(AssemblyName.Select(Assembly.Load));
        foreach (var assembly in loaded)
        {
            if (PassThru)
            {
                WriteObject(assembly.GetTypes(), enumerateCollection: true);
            }
        }
    }
}
