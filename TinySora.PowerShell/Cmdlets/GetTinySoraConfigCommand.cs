using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.PowerShell.Completers;

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

        var pattern = new WildcardPattern(Key, WildcardOptions.IgnoreCase);
        foreach (var entry in ConfigFile.Entries(config).Where(e => pattern.IsMatch(e.Key)))
        {
            WriteObject(entry);
        }
    }

    private RunConfig Read() => ParameterSetName == "Path" ? ConfigFile.Load(Absolute(Path))
        : Preset is null ? new RunConfig()
        : ConfigSource.Preset(Preset).Parse();
}
