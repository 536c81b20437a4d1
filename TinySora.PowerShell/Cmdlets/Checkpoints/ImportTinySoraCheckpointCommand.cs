using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets.Checkpoints;

/// <summary>Imports a checkpoint from the published code, or weights with the names that the published code uses. Code in the file is never executed.</summary>
[Cmdlet(VerbsData.Import, "TinySoraCheckpoint", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Import-TinySoraCheckpoint.md")]
[OutputType(typeof(CheckpointInfo))]
public sealed class ImportTinySoraCheckpointCommand : PathCmdlet
{
    /// <summary>Preset for the configuration that the published code trains.</summary>
    private const string PublishedPreset = "default";

    private RunConfig? config;

    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(RunCompleter))]
    [PathOf("ResultsPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? ResultsPath { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Config { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(PartCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Part { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WritesFiles => true;

    protected override void BeginProcessing()
    {
        var name = Config ?? PublishedPreset;
        var source = Require(() => Part is null ? ConfigSource.Find(name, Absolute) : ConfigSource.FindPart(name, Absolute, Part));
        config = Require(() => source.ParseFor(Absolute, batchSize: null));
    }

    protected override void ProcessPath(string path)
    {
        using var import = Try(() => CheckpointImport.Open(path, config!, keepOwn: Config is null));
        if (import is null || Try(() => OutputFile(import.TargetPath(Absolute(ResultsPath ?? DefaultPaths.RunOf(path))), Force)) is not string target)
        {
            return;
        }

        import.Warnings.ToList().ForEach(WriteWarning);
        if (ShouldProcess(target, $"Import '{import.SourcePath}'")
            && Try(() => import.Save(System.IO.Path.GetDirectoryName(target)!, Force, Stopped)) is CheckpointInfo checkpoint)
        {
            WriteObject(checkpoint);
        }
    }
}
