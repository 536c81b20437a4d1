using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets.Configs;

/// <summary>Writes a preset, including its comments, to a file for editing.</summary>
[Cmdlet(VerbsCommon.New, "TinySoraConfig", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "New-TinySoraConfig.md")]
[OutputType(typeof(FileInfo))]
public sealed class NewTinySoraConfigCommand : TinySoraCmdlet
{
    [Parameter(Position = 0)]
    [Alias("OutputPath")]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ValidateNotNullOrEmpty]
    public string Preset { get; set; } = ConfigSource.DefaultPreset;

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        if (Path is not null && ConfigSource.IsName(Path))
        {
            (Path, Preset) = Swapped();
        }

        var text = Require(() => ConfigSource.Preset(Preset).Text);
        var path = Require(() => OutputFile(Path ?? $"./{Preset}.yaml", Force));
        if (ShouldProcess(path, $"Write the preset {Preset}"))
        {
            WriteItem(Require(() => WriteFile(path, () => ConfigFile.WriteText(path, text, overwrite: Force))));
        }
    }

    /// <summary>
    /// Returns the path and preset, even if the preset is the first argument. Configuration files have an extension, so a preset name is not a path.
    /// </summary>
    private (string? Path, string Preset) Swapped() => !IsGiven(nameof(Preset)) ? (null, Path!)
        : ConfigSource.IsName(Preset) ? (Path, Preset)
        : (Preset, Path!);
}
