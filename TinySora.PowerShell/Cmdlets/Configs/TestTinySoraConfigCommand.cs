using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Tells whether a configuration can be trained; every problem is one error, as with Test-Json.</summary>
[Cmdlet(VerbsDiagnostic.Test, "TinySoraConfig", DefaultParameterSetName = "Path")]
[OutputType(typeof(bool))]
public sealed class TestTinySoraConfigCommand : PathCmdlet
{
    protected override void ProcessPath(string path)
    {
        var problems = Try(() => ConfigFile.Check(ConfigFile.ReadText(path), path));
        foreach (var problem in problems ?? [])
        {
            WriteError(ErrorRecords.From(problem));
        }

        WriteObject(problems is { Count: 0 });
    }
}
