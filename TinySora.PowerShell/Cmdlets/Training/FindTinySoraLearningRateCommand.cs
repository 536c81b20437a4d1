using System.Management.Automation;
using TinySora.Engine.Runs.Rates;
using TinySora.Engine.Training.Requests;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <summary>Finds the learning rate at which a model learns fastest, by training it for some steps with a rising rate.</summary>
[Cmdlet(VerbsCommon.Find, "TinySoraLearningRate", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Find-TinySoraLearningRate.md")]
[OutputType(typeof(RateSearch))]
public sealed class FindTinySoraLearningRateCommand : TrialCmdlet
{
    [Parameter]
    [ValidateRange(10, 100_000)]
    [Number(IsWhole = true)]
    public int Steps { get; set; } = 100;

    [Parameter]
    [Number]
    public double Minimum { get; set; } = 1e-6;

    [Parameter]
    [Number]
    public double Maximum { get; set; } = 0.1;

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ChartPath { get; set; }

    [Parameter]
    public SwitchParameter Dark { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [CheckpointPath]
    [ValidateNotNullOrEmpty]
    public string? InitialCheckpoint { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Attempt(string config, TrainingRequest request)
    {
        if (RequireOfItem<(string?, TrainingRequest)?>(() => (
                ChartPath is null ? null : ChartFile(ChartPath, RateChart.Extensions, Force),
                request with { InitialCheckpoint = InitialCheckpoint is null ? null : CheckpointAt(InitialCheckpoint) })) is not (var chart, var trial)
            || !ShouldProcess(trial.DataPath!, $"Train {config} for {Steps} steps{(chart is null ? "" : $" and draw '{chart}'")}; the weights are discarded"))
        {
            return;
        }

        RunWork(FailureEndsPipeline, (writer, cancellation) =>
        {
            var observer = new TrialProgressBar(writer, "Finding the learning rate");
            observer.Starting("loading libtorch");
            var search = RateFinder.Find(trial, config, Minimum, Maximum, Steps, observer, cancellation);
            if (search.Suggested is null)
            {
                writer.Warning("The loss did not fall at any rate. Increase -Steps, or change -Minimum and -Maximum to a range in which the model learns.");
            }

            if (chart is not null)
            {
                WriteFile(chart, () => RateChart.Write(chart, search, overwrite: Force, dark: Dark));
            }

            writer.Output(search with { ChartPath = chart });
        });
    }
}
