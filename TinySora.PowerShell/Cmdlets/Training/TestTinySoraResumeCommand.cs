using System.Management.Automation;
using TinySora.Engine.Runs;
using TinySora.Engine.Training;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Tells whether a training that is stopped and continued gives the same bits as one that is not, on this machine and this data.</summary>
[Cmdlet(VerbsDiagnostic.Test, "TinySoraResume", HelpUri = HelpPages.Root + "Test-TinySoraResume.md")]
[OutputType(typeof(ResumeVerdict))]
public sealed class TestTinySoraResumeCommand : EngineCmdlet
{
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ValidateNotNullOrEmpty]
    public string Config { get; set; } = ConfigSource.DefaultPreset;

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [PathOf("DataPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? DataPath { get; set; }

    [Parameter]
    [ValidateRange(2, 100_000)]
    public int Steps { get; set; } = 6;

    [Parameter]
    public int? StopAt { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? BatchSize { get; set; }

    [Parameter]
    public long? Seed { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    [DeviceName]
    public string Device { get; set; } = "auto";

    [Parameter]
    [ValidateRange(1, 1024)]
    public int? ThreadCount { get; set; }

    private protected override int? WorkThreads => ThreadCount;

    protected override void ProcessRecord()
    {
        var source = Require(() => ConfigSource.Find(Config, Absolute));
        var config = Require(() => source.ParseFor(Absolute, BatchSize));
        var request = new TrainingRequest
        {
            Config = config, DataPath = Require(() => Absolute(DataPath ?? config.TrainingDataDir)), Seed = Seed, Device = Device, ThreadCount = ThreadCount,
        };
        RunWork(failureEndsPipeline: true, (writer, cancellation) =>
        {
            var observer = new TrainingProgressBar(writer, "Testing resumption");
            writer.Output(ResumeCheck.Run(request, source.Name, Steps, StopAt ?? Steps / 2, observer, cancellation));
        });
    }
}
