using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Configs;

/// <summary>Tests whether a configuration can be trained. Each problem is written as a separate error, as in Test-Json.</summary>
[Cmdlet(VerbsDiagnostic.Test, "TinySoraConfig", DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Test-TinySoraConfig.md")]
[OutputType(typeof(bool))]
public sealed class TestTinySoraConfigCommand : PathCmdlet
{
    protected override void ProcessPath(string path)
    {
        var problems = Try(() => Check(ConfigSource.Locate(path, Absolute)));
        foreach (var problem in problems ?? [])
        {
            WriteError(ErrorRecords.From(problem));
        }

        WriteObject(problems is { Count: 0 });
    }

    /// <summary>Returns the files that an argument matches, or the preset with that name.</summary>
    protected override IReadOnlyList<string> Find(string path) => ConfigSource.IsName(path) && !File.Exists(Absolute(path)) ? [path] : base.Find(path);

    private IReadOnlyList<TinySoraException> Check(ConfigSource source)
    {
        var (text, path) = source;

        var problems = ConfigFile.Check(text, path);

        // Report invalid YAML like any other problem.
        if (problems is not [{ Id: ConfigErrors.UnknownKeyId }, ..] || DialectFile.Read(text, path) is not DialectFile published)
        {
            return problems;
        }

        published.Warnings.ToList().ForEach(WriteWarning);
        return published.Problems;
    }
}
