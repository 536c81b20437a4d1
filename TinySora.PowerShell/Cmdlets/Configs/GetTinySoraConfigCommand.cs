using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Configs;

/// <summary>Lists the keys of a configuration with their values, defaults and descriptions.</summary>
[Cmdlet(VerbsCommon.Get, "TinySoraConfig", DefaultParameterSetName = "Preset", HelpUri = HelpPages.Root + "Get-TinySoraConfig.md")]
[OutputType(typeof(ConfigEntry))]
public sealed class GetTinySoraConfigCommand : TinySoraCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [Alias("Config", "FullName", "PSPath")]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [PathOf("Config", "Path", "FullName")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    [Parameter(ParameterSetName = "Preset")]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Preset { get; set; }

    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string Key { get; set; } = "*";

    protected override void ProcessRecord()
    {
        foreach (var entry in Try(Read) is { } entries ? Try(() => Matching(entries)) ?? [] : [])
        {
            WriteObject(entry.ForDisplay());
        }
    }

    private IReadOnlyList<ConfigEntry> Matching(IReadOnlyList<ConfigEntry> entries)
    {
        try
        {
            var pattern = new WildcardPattern(Key, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
            IReadOnlyList<ConfigEntry> found = [.. entries.Where(e => pattern.IsMatch(e.Key))];
            var source = ParameterSetName == "Path" ? Path : Preset is null ? "The default configuration" : $"The preset {Preset}";
            return found.Count > 0 || WildcardPattern.ContainsWildcardCharacters(Key) ? found
                : throw ConfigErrors.NoSuchKey(source, Key, ConfigEntry.Nearest(Key, entries));
        }
        catch (WildcardPatternException e)
        {
            throw InputErrors.BadPattern(Key, e);
        }
    }

    private IReadOnlyList<ConfigEntry> Read()
    {
        if (ParameterSetName != "Path")
        {
            return ConfigFile.Entries(Preset is null ? new RunConfig() : ConfigSource.Preset(Preset).Parse());
        }

        var source = ConfigSource.Locate(Path, Absolute);
        if (DialectFile.Read(source.Text, source.Name) is not DialectFile published)
        {
            return ConfigFile.Entries(source.Parse());
        }

        published.Warnings.ToList().ForEach(WriteWarning);
        return published.Problems.Count == 0 ? published.Entries : throw published.Problems[0];
    }
}
