using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Shows every key of a configuration with its value, its default and what it means.</summary>
[Cmdlet(VerbsCommon.Get, "TinySoraConfig", DefaultParameterSetName = "Preset")]
[OutputType(typeof(ConfigEntry))]
public sealed class GetTinySoraConfigCommand : TinySoraCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [Alias("Config", "FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    [Parameter(ParameterSetName = "Preset")]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Preset { get; set; }

    [Parameter(Position = 1)]
    [SupportsWildcards]
    public string Key { get; set; } = "*";

    protected override void ProcessRecord()
    {
        var config = Try(Read);
        if (config is null)
        {
            return;
        }

        foreach (var entry in Try(() => Matching(config)) ?? [])
        {
            WriteObject(entry);
        }
    }

    private IReadOnlyList<ConfigEntry> Matching(RunConfig config)
    {
        try
        {
            var pattern = new WildcardPattern(Key, WildcardOptions.IgnoreCase);
            return [.. ConfigFile.Entries(config).Where(e => pattern.IsMatch(e.Key))];
        }
        catch (WildcardPatternException e)
        {
            throw InputErrors.BadPattern(Key, e);
        }
    }

    private RunConfig Read() => ParameterSetName == "Path" ? ConfigFile.Load(Absolute(Path))
        : Preset is null ? new RunConfig()
        : ConfigSource.Preset(Preset).Parse();
}
