using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Studio;

/// <summary>Reports the progress of runs, sends control requests to runs that are running or paused, and samples clips from checkpoints of runs.</summary>
/// <param name="folders">Folders of runs, or folders that directly contain runs; they may not exist yet.</param>
internal sealed class RunService(IReadOnlyList<string> folders)
{
    private const int LongestWaitSeconds = 60;

    public IReadOnlyList<RunView> Runs => RunView.Of(folders);

    /// <summary>Returns an image that a run sampled; <c>null</c> if there is no image with this name.</summary>
    /// <exception cref="TinySoraException">NoSuchRun.</exception>
    public byte[]? Picture(string run, string file) => Find(run).Picture(file);

    /// <summary>Sends a control request to a run that is running or paused, and returns when the run has handled it.</summary>
    /// <exception cref="TinySoraException">NoSuchRun, NotLive, NotAnswered, or the run's reason for refusing.</exception>
    public RunAnswer Give(RunOrder order, CancellationToken cancellation)
    {
        var folder = Find(order.Run).Folder;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(LongestWaitSeconds));
        try
        {
            string[]? prompts = string.IsNullOrWhiteSpace(order.Prompt) ? null : [order.Prompt];
            return RunClient.Send(folder, new RunRequest(order.Action) { Prompts = prompts, Seed = order.Seed }, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw StudioErrors.NotAnswered(order.Run, LongestWaitSeconds);
        }
    }

    /// <summary>Generates a clip for a prompt with the weights that a run had at a given step.</summary>
    /// <exception cref="TinySoraException">NoSuchRun, NoSuchStep, and those of opening and sampling.</exception>
    public SampledClips Sample(RunSample requested, CancellationToken cancellation)
    {
        var run = Find(requested.Run);
        var path = CheckpointStore.PathsIn(run.Folder).FirstOrDefault(file => CheckpointStore.StepOf(file) == requested.Step)
            ?? throw TrainingErrors.NoSuchStep(requested.Step, run.Folder, run.Checkpoints);
        using var generator = VideoGenerator.Open(path);
        ClipPrompt prompt = new(requested.Seed) { Text = requested.Prompt };
        var plan = generator.Video.Resolve(new GenerationSettings());
        var (clip, elapsed) = generator.Sample([prompt], cancellation: cancellation).Single();
        return new SampledClips([clip], [requested.Seed], plan, false, elapsed, []);
    }

    private RunView Find(string name) => Runs.FirstOrDefault(run => run.Name == name) ?? throw StudioErrors.NoSuchRun(name);
}

/// <param name="Run">Name of the run on the page.</param>
/// <param name="Prompt">Prompt to sample; <c>null</c> for captions from the run's data.</param>
internal sealed record RunOrder(
    string Run, [property: JsonConverter(typeof(JsonStringEnumConverter<RunAction>))] RunAction Action,
    string? Prompt = null, long? Seed = null);

/// <param name="Run">Name of the run on the page.</param>
internal sealed record RunSample(string Run, int Step, string Prompt, long Seed);
