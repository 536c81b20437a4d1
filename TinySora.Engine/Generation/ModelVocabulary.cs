using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
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

    /// <summary>Length from which words are compared with similar ones. Most shorter words resemble others by chance.</summary>
    private const int MinLength = 3;

    /// <summary>Returns the words in order of decreasing frequency; empty if the model does not accept text or uses a pretrained text encoder.</summary>
    /// <param name="checkpoint">Path of a checkpoint. If it cannot be read, the result is empty.</param>
    public static IReadOnlyList<string> Read(string checkpoint) => OnFailure.Recover<IReadOnlyList<string>>([], () =>
    {
        using var opened = CheckpointStore.Load(checkpoint);
        return opened.TaskMetadata.GetValueOrDefault(LearnedTextEncoder.VocabularyKey) is string json
            ? [.. (WordTokenizer.FromJson(json)?.Vocabulary ?? []).Where(WordTokenizer.IsWord)]
            : [];
    });

    /// <summary>Returns the words of a prompt, without weights. If the weights are invalid, they are treated as words.</summary>
    public static IReadOnlyList<string> WordsIn(string? prompt) =>
        [.. WordTokenizer.Words(OnFailure.Recover(prompt!, () => WeightedText.Parse(prompt).Text)).Where(WordTokenizer.IsWord)];

    /// <summary>
    /// Returns the known word that an unknown one probably stands for: the name of an emoji, or a word with similar letters; <c>null</c> if there is none.
    /// </summary>
    /// <param name="words">Words that the model was trained on.</param>
    public static string? Suggest(string unknown, IReadOnlyList<string> words) => !char.IsLetterOrDigit(unknown[0])
        ? EmojiNames.Of(unknown) is string noun && WordsIn(noun).All(words.Contains) ? noun : null
        : unknown.Length < MinLength ? null : NearestName.Find(unknown, words.Where(word => word.Length >= MinLength));

    /// <summary>Returns the world that a model was trained on, according to its words.</summary>
    /// <param name="words">Words that the model was trained on.</param>
    public static ClipWorld WorldOf(IReadOnlyCollection<string> words) =>
        ShapesWorld.Shapes.All(words.Contains) ? ClipWorld.Shapes
        : SpriteWords.Motions.Values.SelectMany(phrases => WordsIn(phrases[0])).All(words.Contains) ? ClipWorld.Sprites
        : ClipWorld.Other;

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

        List<string> New(IReadOnlyList<string> captions) =>
            [.. captions.SelectMany(WordTokenizer.Words).Where(word => WordTokenizer.IsWord(word) && !known.Contains(word))];
    }
}
