using System.Management.Automation;
using TinySora.Engine.Training.Requests;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <summary>Base class of cmdlets that train a configuration for a few steps to measure something, and discard the weights.</summary>
public abstract class TrialCmdlet : DeviceCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ConfigName]
    [ValidateNotNullOrEmpty]
    public string Config { get; set; } = ConfigSource.DefaultPreset;

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [PathOf("DataPath", "Path", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? DataPath { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(PartCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Part { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [Number(IsWhole = true)]
    public int? BatchSize { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public long? Seed { get; set; }

    protected override void ProcessRecord()
    {
        if (RequireOfItem<(string, TrainingRequest)?>(() => Request()) is (var config, var request))
        {
            Attempt(config, request);
        }
    }

    private (string Config, TrainingRequest Request) Request()
    {
        var source = ConfigSource.FindPart(Config, Absolute, Part);
        var config = source.ParseFor(Absolute, BatchSize);
        return (source.Argument, new TrainingRequest
        {
            Config = config, DataPath = Absolute(DataPath ?? config.TrainingDataDir), Seed = Seed, Device = Device,
        });
    }

    /// <param name="config">Configuration file or preset.</param>
    /// <param name="request">Request without a results folder.</param>
    private protected abstract void Attempt(string config, TrainingRequest request);
}
