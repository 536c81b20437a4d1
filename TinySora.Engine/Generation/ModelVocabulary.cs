using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Generation;

/// <summary>The words that a model was trained on.</summary>
public static class ModelVocabulary
{
    /// <summary>
    /// Inverse of the minimum share of clips with new words: below it, new words are learned too slowly unless <c>trainer.balance_words</c> raises their share.
    /// </summary>
    private const int Rare = 6;

    /// <summary>Returns the words by descending frequency; empty if the model takes no text or uses a pretrained text encoder.</summary>
    /// <param name="checkpoint">Path of a checkpoint; an unreadable file yields no words.</param>
    public static IReadOnlyList<string> Read(string checkpoint)
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

    /// <summary>Returns the caption words of a dataset that a model has not learned, separated by spaces, for trainer.balance_words.</summary>
    /// <param name="folder">Folder of the clips.</param>
    /// <returns><c>null</c> if there are no such words, or if at least one clip in six contains one, which is often enough for learning.</returns>
    /// <exception cref="TinySoraException">The folder is missing.</exception>
    public static string? FindNewWords(string folder, string checkpoint, CancellationToken cancellation = default)
    {
        var known = Read(checkpoint).ToHashSet();
        var sources = ClipSource.Find(DatasetSplit.FolderOf(folder, DatasetSplit.Training), cancellation);
        var clips = sources.Select(clip => New(CaptionFile.Read(clip.Path))).ToList();
        var having = clips.Where(words => words.Count > 0).ToList();
        return having.Count > 0 && Rare * having.Count < clips.Count ? string.Join(' ', having.SelectMany(words => words).Distinct().Order()) : null;

        List<string> New(string? caption) =>
            [.. WordTokenizer.Words(caption ?? "").Where(word => char.IsLetterOrDigit(word[0]) && !known.Contains(word))];
    }
}
