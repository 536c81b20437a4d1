using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs.Session;

/// <summary>The base model of a run that trains an adapter, and the description of the adapter.</summary>
/// <param name="name">Name of the adapter.</param>
/// <param name="source">Open checkpoint of the base model.</param>
/// <param name="earlier">Description of the adapter in the checkpoint that the run resumes from; <c>null</c> for a new run.</param>
internal sealed class AdapterRun(string name, Checkpoint source, AdapterInfo? earlier)
{
    private readonly string hash = earlier?.BaseHash ?? ModelWeights.Hash(source.File, source.Family.Published);

    /// <summary>Opens the checkpoint with the initial weights: that of the request or, for a resumed adapter, that of its base model.</summary>
    /// <returns>The checkpoint; <c>null</c> if there are no initial weights, or if the resumed checkpoint contains all weights.</returns>
    /// <exception cref="TinySoraException">NeedsBase, BaseIsAdapter, BaseMissing, OtherBase, and errors in opening the checkpoint.</exception>
    public static Checkpoint? OpenInitial(TrainingRequest request, Checkpoint? resumed)
    {
        if (request.Adapter is null)
        {
            return resumed is null && request.InitialCheckpoint is string path ? CheckpointStore.Load(path) : null;
        }

        var source = request.InitialCheckpoint is string initial ? CheckpointStore.Load(initial)
            : resumed is not null ? Checkpoint.Open(Checkpoint.BaseOf(resumed.Info))
            : throw AdapterErrors.NeedsBase(request.Adapter);
        return OnFailure.Dispose(source, () =>
        {
            if (source.Info.AdapterOf is not null)
            {
                throw AdapterErrors.BaseIsAdapter(source.Info.Path);
            }

            if (resumed?.Info.AdapterOf is AdapterInfo earlier && ModelWeights.Hash(source.File, source.Family.Published) is var hash
                && hash != earlier.BaseHash)
            {
                throw AdapterErrors.OtherBase(resumed.Info.Path, $"{earlier.BaseModel} ({earlier.BaseHash[..8]})", source.Info.Path, hash[..8]);
            }

            return source;
        });
    }

    /// <summary>Returns the weights that the adapter updates.</summary>
    /// <param name="task">Task with the base model's weights and rows for new words.</param>
    /// <exception cref="TinySoraException">NoSuchFamily, BaseIsDistilled.</exception>
    public AdapterShape Shape(ITrainingTask task, TrainerConfig trainer)
    {
        if (task.Codec is not null || task.Groups.Count > 1)
        {
            throw task.Codec is not null ? AdapterErrors.NoSuchFamily(source.Family.Name) : AdapterErrors.BaseIsDistilled(source.Info.Path);
        }

        var weights = ModelWeights.Of(source.File, averaged: true, source.Family.Published);
        var grown = TiedWeights.State(task.Model).Where(item => weights.TryGetValue(item.Key, out var stored) && stored.Shape[0] < item.Value.shape[0]);
        return new AdapterShape(earlier?.Rank ?? trainer.AdapterRank, trainer.AdapterLayers, [.. grown.Select(item => (item.Key, weights[item.Key].Shape[0]))]);
    }

    public AdapterInfo Describe(ITrainingTask task, LowRankUpdates updates) => new(
        name, earlier?.Base ?? ModelDependency.Portable(source.Info.Path), hash, updates.Rank,
        new TextList<string>(Vocabulary(task.Metadata).Skip(Vocabulary(source.TaskMetadata).Count)));

    /// <summary>Describes what is trained.</summary>
    public static string Sentence(AdapterInfo adapter, LowRankUpdates updates) =>
        $"Only the adapter '{adapter.Name}' is trained: updates of rank {adapter.Rank} for {updates.Count} weights of {adapter.BaseModel}"
        + $"{(adapter.Words.Count == 0 ? "" : $", and the new words {adapter.Words}")}.";

    private static IReadOnlyList<string> Vocabulary(IReadOnlyDictionary<string, string> metadata) =>
        metadata.TryGetValue(LearnedTextEncoder.VocabularyKey, out var json) ? WordTokenizer.FromJson(json)?.Vocabulary ?? [] : [];
}
