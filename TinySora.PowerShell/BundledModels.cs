using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Generation;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.PowerShell;

/// <summary>Bundled models. Those that generate videos have the names of the presets that they were trained with.</summary>
internal static class BundledModels
{
    public const string Emoji = "emoji", Shapes = "shapes-lean";

    private static readonly Lazy<IReadOnlyList<string>> EmojiWords = new(() => ModelVocabulary.Read(PathOf(Emoji)));
    private static readonly Lazy<IReadOnlyList<string>> ShapesWords = new(() => ModelVocabulary.Read(PathOf(Shapes)));

    /// <summary>Models that generate videos, each with a description.</summary>
    public static IReadOnlyList<(string Name, string What)> Generators { get; } =
    [
        (Emoji, "the bundled model for emoji"),
        (Shapes, "the bundled model for the shapes world"),
    ];

    /// <summary>Clip autoencoders, for latent models and token models.</summary>
    public static IReadOnlyList<(string Name, string What)> Autoencoders { get; } =
    [
        ("clips-vae", "the bundled autoencoder that encodes clips into latents"),
        ("clips-fsq", "the bundled autoencoder that encodes clips into tokens"),
    ];

    /// <summary>Words that a generator was trained on; those of the shapes world, which are few, come first.</summary>
    public static IEnumerable<string> Words => ShapesWords.Value.Union(EmojiWords.Value);

    /// <summary>Paths of the generators.</summary>
    public static IEnumerable<string> Paths => Generators.Select(model => PathOf(model.Name));

    /// <summary>Returns whether a path is that of a bundled model.</summary>
    public static bool Contains(string path) => Generators.Concat(Autoencoders).Any(model => PathOf(model.Name) == path);

    public static string PathOf(string name) => ModelDependency.BundledPath(name + CheckpointStore.Extension);

    /// <summary>Returns the name of the generator for a request: the base of its adapters if that is bundled, otherwise the generator for the prompt.</summary>
    public static string For(GenerationRequest request) => BaseOf(request.Adapters) ?? For(request.Prompt);

    /// <summary>Returns the name of the generator for prompts: shapes-lean if all are about its shapes, otherwise emoji.</summary>
    public static string For(params IReadOnlyCollection<string?> prompts) => prompts.Count > 0 && prompts.All(IsAboutShapes) ? Shapes : Emoji;

    /// <summary>Returns the name of the generator that adapters were trained for; <c>null</c> if there are none, or if they have another base.</summary>
    public static string? BaseOf(IReadOnlyList<AppliedAdapter> adapters) =>
        adapters.Count > 0 && CheckpointStore.List(adapters[0].Path)[0].AdapterOf?.BaseModel is (Emoji or Shapes) and string name ? name : null;

    /// <summary>Returns the name of the generator that was trained on all of several words; <c>null</c> if there is none.</summary>
    public static string? Knowing(IReadOnlyList<string> words) =>
        words.All(ShapesWords.Value.Contains) ? Shapes : words.All(EmojiWords.Value.Contains) ? Emoji : null;

    /// <summary>Returns the prompt with which the studio opens a checkpoint; <c>null</c> to derive it from the model's most frequent words.</summary>
    public static string? ExampleFor(string checkpoint) => checkpoint == PathOf(Emoji) ? "a penguin jumping" : null;

    /// <summary>
    /// Returns whether a prompt names a shape but no emoji. Stars are both: they are shapes if all words are from the shapes world and one is a color.
    /// </summary>
    private static bool IsAboutShapes(string? prompt)
    {
        var words = ModelVocabulary.WordsIn(prompt);
        return words.Any(ShapesWorld.Shapes.Contains)
            && (!EmojiNames.AreIn(string.Join(' ', words)) || (words.All(ShapesWords.Value.Contains) && words.Any(ShapesWorld.Colors.Contains)));
    }
}
