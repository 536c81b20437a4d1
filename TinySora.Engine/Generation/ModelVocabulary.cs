using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Generation;

/// <summary>Finds the words that a model was trained on, and the words in a dataset that are new to it.</summary>
public static class ModelVocabulary
{
    /// <summary>
    /// Inverse of the minimum fraction of clips whose captions contain new words. With a smaller fraction, new words are learned too slowly unless
    /// <c>trainer.balance_words</c> increases it.
    /// </summary>
    private const int Rare = 6;

    /// <summary>Returns the words in order of decreasing frequency; empty if the model does not accept text or uses a pretrained text encoder.</summary>
    /// <param name="checkpoint">Path of a checkpoint. If it cannot be read, the result is empty.</param>
    public static IReadOnlyList<string> Read(string checkpoint)
    {
        try
        {
            using var opened = CheckpointStore.Load(checkpoint);
            return opened.TaskMetadata.GetValueOrDefault(LearnedTextEncoder.VocabularyKey) is string json
                ? [.. (WordTokenizer.FromJson(json)?.Vocabulary ?? []).Where(IsWord)]
                : [];
        }
        catch (TinySoraException)
        {
            return [];
        }
    }

    /// <summary>Returns the words of a prompt, without weights. If the weights are invalid, they are treated as words.</summary>
    public static IReadOnlyList<string> WordsIn(string? prompt)
    {
        string text;
        try
        {
            text = WeightedText.Parse(prompt).Text;
        }
        catch (TinySoraException)
        {
            text = prompt!;
        }

        return [.. WordTokenizer.Words(text).Where(IsWord)];
    }

    /// <summary>Returns the words in a dataset's captions that a model was not trained on, separated by spaces, for <c>trainer.balance_words</c>.</summary>
    /// <param name="folder">Folder of the clips.</param>
    /// <returns>The words; <c>null</c> if there are none, or if at least one clip in six has one of them, which is sufficient for learning.</returns>
    /// <exception cref="TinySoraException">The folder is missing.</exception>
    public static string? FindNewWords(string folder, string checkpoint, CancellationToken cancellation = default)
    {
        var known = Read(checkpoint).ToHashSet();
        var sources = ClipSource.Find(DatasetSplit.FolderOf(folder, DatasetSplit.Training), cancellation);
        var clips = sources.Select(clip => New(CaptionFile.ReadAll(clip.Path))).ToList();
        var having = clips.Where(words => words.Count > 0).ToList();
        return having.Count > 0 && Rare * having.Count < clips.Count ? string.Join(' ', having.SelectMany(words => words).Distinct().Order()) : null;

        List<string> New(IReadOnlyList<string> captions) => [.. captions.SelectMany(WordTokenizer.Words).Where(word => IsWord(word) && !known.Contains(word))];
    }

    /// <summary>Returns whether a token is a word, not punctuation.</summary>
    private static bool IsWord(string token) => char.IsLetterOrDigit(token[0]);
}
