using TinySora.Engine.Errors;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Generation;

/// <summary>The words that a model was trained on.</summary>
public static class PromptWords
{
    /// <summary>The most frequent first; none where the model reads texts by an encoder of others, or takes none.</summary>
    /// <param name="checkpoint">A file; one that cannot be read has no words.</param>
    public static IReadOnlyList<string> Of(string checkpoint)
    {
        try
        {
            using var opened = CheckpointStore.Load(checkpoint);
            return opened.TaskMetadata.GetValueOrDefault(LearnedTextEncoder.VocabularyKey) is string json
                ? [.. (WordTokenizer.FromJson(json)?.Vocabulary ?? []).Where(word => char.IsLetterOrDigit(word[0]))]
                : [];
        }
        catch (TinySoraException)
        {
            return [];
        }
    }
}
