using TinySora.Engine.Families;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Generation;

/// <summary>Looks on while a batch is sampled: keeps guesses of its clips, or writes films of them.</summary>
/// <param name="units">Told of the units that are done.</param>
internal sealed class BatchObserver(SampleBatch batch, IProgress<int> units) : ISamplingObserver
{
    private readonly PlannedClip first = batch.Missing[0];
    private readonly List<(int Step, IReadOnlyList<Clip> Clips)> guesses = [];
    private IReadOnlyList<double>? violating;

    public int? GuessEvery => first.Request.GuessEvery;

    public bool SeesNoise => first.FilmName is not null;

    public void Report(int value) => units.Report(value);

    public void Violating(IReadOnlyList<double> shares) => violating = shares;

    public void See(int done, Tensor clips)
    {
        if (!SeesNoise)
        {
            guesses.Add((done, [.. Enumerable.Range(0, batch.Length).Select(index => ClipTensor.FromTensor(clips[index]))]));
            return;
        }

        // Written at once: there may be as many as steps.
        foreach (var clip in batch.Missing)
        {
            var index = batch.IndexOf(clip);
            var recipe = clip.Recipe with { BatchLength = batch.Length, BatchIndex = index };
            ClipFile.Write(clip.FilmOf(done), ClipTensor.FromTensor(clips[index], clip.Plan.FrameMilliseconds), RecipeText.Write(recipe));
        }
    }

    /// <summary>What a clip was guessed to be on the way, and when.</summary>
    /// <param name="index">Its place in the batch.</param>
    public IReadOnlyList<(Clip Clip, string Caption)> GuessesOf(int index) =>
        [.. guesses.Select(guess => (guess.Clips[index], $"step {guess.Step} of {first.Plan.Units}"))];

    /// <inheritdoc cref="GeneratedVideo.ViolatingTokens"/>
    /// <param name="index">The clip's place in the batch.</param>
    public double? ViolatingOf(int index) => violating?[index];
}
