using System.Management.Automation;
using TinySora.Engine.Training.Cost;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <summary>Measures the cost of training a configuration on this machine, by training it for a few steps on synthetic clips.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "TinySoraModel", HelpUri = HelpPages.Root + "Measure-TinySoraModel.md")]
[OutputType(typeof(TrainingCost))]
public sealed class MeasureTinySoraModelCommand : DeviceCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Path", "FullName", "PSPath", "Preset")]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [PathOf("Config", "Preset", "Path", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] Config { get; set; } = [ConfigSource.DefaultPreset];

    [Parameter]
    [ArgumentCompleter(typeof(PartCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Part { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [Number(IsWhole = true)]
    public int[] BatchSize { get; set; } = [];

    [Parameter]
    [ValidateRange(1, 10_000)]
    [Number(IsWhole = true)]
    public int Steps { get; set; } = 5;

    protected override void ProcessRecord()
    {
        var batches = BatchSize.Length == 0 ? [null] : BatchSize.Select(batch => (int?)batch).ToArray();
        foreach (var (name, batch) in Config.SelectMany(name => batches.Select(batch => (name, batch))))
        {
            if (Try(() => ConfigSource.FindPart(name, Absolute, Part)) is ConfigSource source && Try(() => source.ParseFor(Absolute, batch)) is { } config)
            {
                RunWork(failureEndsPipeline: false, (writer, cancellation) =>
                {
                    writer.Starting("Measuring", $"training {source.Name} on synthetic clips, steps: {Steps}");
                    writer.Verbose($"Training {source.Name} on synthetic clips, steps: {Steps}.");
                    TimeSpan? patience = IsGiven(nameof(Steps)) ? null : TrainingMeter.Patience;
                    writer.Output(TrainingMeter.Measure(config, source.Argument, Device, Steps, cancellation, patience, Absolute(config.TrainingDataDir)));
                });
            }
        }
    }
}
