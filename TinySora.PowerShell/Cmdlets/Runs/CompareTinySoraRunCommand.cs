using System.Management.Automation;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Families;
using TinySora.Engine.Formats;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Compares runs by their settings, results and cost.</summary>
[Cmdlet(VerbsData.Compare, "TinySoraRun", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Compare-TinySoraRun.md")]
[OutputType(typeof(RunComparison))]
public sealed class CompareTinySoraRunCommand : RunCmdlet
{
    private readonly List<string> folders = [];

    [Parameter]
    public SwitchParameter Adherence { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ContactSheet { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(Completers.PromptCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Prompt { get; set; } = [.. ShapesWorld.HeldOut.Select(ShapesWorld.Caption)];

    [Parameter]
    [ValidateRange(1, 10_000)]
    [Number(IsWhole = true)]
    public int Count { get; set; } = 1;

    [Parameter]
    [Number(IsWhole = true)]
    public long Seed { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(Completers.DeviceCompleter))]
    [DeviceName]
    public string Device { get; set; } = "auto";

    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WritesFiles => ContactSheet is not null;

    private protected override bool TakesManyRuns => true;

    protected override void ProcessRun(string folder) => folders.Add(folder);

    // The differing settings are known only after the last run.
    protected override void EndProcessing()
    {
        var sheet = ContactSheet is null ? null : Require(() => OutputFile(ContactSheet, Force));
        var runs = folders.SelectMany(folder => Try(() => TrainingRun.List(folder)) ?? []).Select(run => run.ResultsPath).ToList();
        if (runs.Count == 0)
        {
            return;
        }

        var compared = Require(() => RunComparison.Of(runs));
        var draws = sheet is not null && ShouldProcess(sheet, $"Draw samples of {Plural.Count(compared.Count, "run")}");
        var prompts = Require(() => Adherence ? Engine.Evaluation.Adherence.Prompts(Prompt, Count, Seed) : ClipPrompt.FromTexts(Prompt, Seed));
        RunWork(failureEndsPipeline: true, (writer, cancellation) =>
        {
            var picture = new ComparisonSheet();
            for (var i = 0; i < compared.Count; i++)
            {
                var clips = Adherence || draws ? Sample(compared, i, prompts, writer, cancellation) : null;
                if (clips is not null)
                {
                    picture.Add(compared[i].Name, prompts, clips);
                }

                writer.Output(Adherence && clips is not null
                    ? compared[i].WithAdherence([.. clips.Select((clip, index) => Engine.Evaluation.Adherence.Judge(prompts[index], clip))])
                    : compared[i]);
            }

            if (draws && !picture.IsEmpty)
            {
                WriteFile(sheet!, () => picture.Write(sheet!, overwrite: Force));
                writer.Verbose($"Drew '{sheet}'.");
            }
        });
    }

    /// <returns>The sampled clips; <c>null</c> if the run has no usable checkpoint, after writing an error.</returns>
    private IReadOnlyList<Clip>? Sample(
        IReadOnlyList<RunComparison> runs, int index, IReadOnlyList<ClipPrompt> prompts, PipelineWriter writer, CancellationToken cancellation)
    {
        try
        {
            using var generator = VideoGenerator.Open(runs[index].ResultsPath, Device);
            var progress = new ShareProgress(writer, "Comparing", $"{prompts.Count} clips of {runs[index].Name}, run {index + 1} of {runs.Count}");
            return [.. generator.Sample(prompts, progress: progress, cancellation: cancellation).Select(sample => sample.Clip)];
        }
        catch (TinySoraException e)
        {
            writer.Error(e);
            return null;
        }
    }
}
