using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>Encodes captions and prompts as the condition of a transformer: text embeddings, a class label, or no condition.</summary>
/// <param name="encoder">Text encoder; <c>null</c> if the data contains text embeddings, or if the model does not use text.</param>
/// <param name="maxTokens">Maximum number of text tokens that the network accepts; <c>null</c> if there is no limit.</param>
/// <param name="classes">Names of the classes, in the order of their labels, for class-conditional models.</param>
internal sealed class ConditionEncoder(TransformerConfig model, ITextEncoder? encoder, int? maxTokens, IReadOnlyList<string> classes, Device device)
    : IDisposable
{
    private const string ClassesKey = "classes";

    private readonly Conditioner conditioner = new(encoder, null, device);

    public LearnedTextEncoder? Learned => conditioner.Learned;

    /// <summary>Names of the classes of a class-conditional model, or their labels if they have no names; empty for other models.</summary>
    public IReadOnlyList<string> Classes => model.Conditioning != Conditioning.Class ? []
        : classes.Count > 0 ? classes
        : [.. Enumerable.Range(0, model.NumClasses).Select(number => $"{number}")];

    public IReadOnlyDictionary<string, string> Metadata => model.Conditioning == Conditioning.Class
        ? new Dictionary<string, string> { [ClassesKey] = JsonSerializer.Serialize(classes) }
        : conditioner.Metadata;

    /// <summary>Returns the classes: the captions in ordinal order, regardless of case; empty for models without classes.</summary>
    /// <exception cref="TinySoraException">TooManyClasses.</exception>
    public static IReadOnlyList<string> ClassesOf(TransformerConfig model, IEnumerable<string?> captions)
    {
        if (model.Conditioning != Conditioning.Class)
        {
            return [];
        }

        string[] classes = [.. NamesIn(captions)];
        return classes.Length <= model.NumClasses ? classes : throw ModelErrors.TooManyClasses(classes.Length, model.NumClasses);
    }

    /// <summary>Returns the classes of a model to fine-tune: its own, which keep their labels, and then the new ones in ordinal order.</summary>
    /// <param name="known">Classes of the model; empty if its labels have no names. Captions may also be labels.</param>
    /// <inheritdoc cref="ClassesOf(TransformerConfig, IEnumerable{string})"/>
    public static IReadOnlyList<string> ClassesOf(TransformerConfig model, IEnumerable<string?> captions, IReadOnlyList<string> known)
    {
        var others = NamesIn(captions).Where(caption => LabelOf(caption, known, model) is null);
        return [.. known, .. ClassesOf(model, others.Concat(known)).Except(known, StringComparer.OrdinalIgnoreCase)];
    }

    /// <exception cref="TinySoraException">DescriptionDamaged.</exception>
    public static IReadOnlyList<string> ClassesIn(TransformerConfig model, IReadOnlyDictionary<string, string> metadata) => MetadataJson.Read<string?[]>(
        metadata, ClassesKey, classes => classes.Length <= model.NumClasses && !classes.Contains(null),
        text => ModelErrors.DescriptionDamaged(ClassesKey, text, $"at most {model.NumClasses} names"))?.OfType<string>().ToList() ?? [];

    /// <summary>Returns the condition for captions. Clips of an unknown class, which can occur in validation data, have no condition.</summary>
    /// <param name="states">Text embeddings from the data; <c>null</c> if the data does not contain any.</param>
    /// <exception cref="TinySoraException">NoStates.</exception>
    public NetworkCondition FromCaptions(IReadOnlyList<string?> captions, TextStates? states) => model.Conditioning switch
    {
        Conditioning.Class => OfClasses(captions.Select(caption => string.IsNullOrWhiteSpace(caption) ? null : Find(caption))),
        Conditioning.Text when states is not null => OfStates((states, zeros([captions.Count], ScalarType.Bool, device))),
        Conditioning.Text => conditioner.TakesText ? OfStates(conditioner.StatesOfCaptions(captions)) : throw ModelErrors.NoStates(),
        _ => NetworkCondition.None,
    };

    /// <exception cref="TinySoraException">UnknownClass, PromptsNeedEncoder, WeightsNeedMean, BadWeight, UnpairedParenthesis.</exception>
    public NetworkCondition FromPrompts(IReadOnlyList<string?> prompts) => model.Conditioning switch
    {
        Conditioning.Class => OfClasses(prompts.Select(prompt => string.IsNullOrWhiteSpace(prompt) ? (long?)null : ClassOf(prompt))),
        Conditioning.Text => conditioner.TakesText ? OfStates(conditioner.StatesOfPrompts(prompts, usesWeights: model.Architecture == LatentNetworkKind.UNet))
            : throw ModelErrors.PromptsNeedEncoder(),
        _ => NetworkCondition.None,
    };

    /// <summary>Returns a warning about captions that are not classes of the model, or exceed the token limit; <c>null</c> if there are none.</summary>
    public string? FindProblem(IEnumerable<string?> captions)
    {
        string[] strangers = model.Conditioning != Conditioning.Class ? []
            : [.. NamesIn(captions).Where(caption => Find(caption) is null).Select(caption => $"'{caption}'")];
        if (strangers.Length > 0)
        {
            return $"The model has no classes for the captions {Errors.Text.JoinLimited(strangers)}. It trains on these clips without a class.";
        }

        int[] longer = [.. captions.OfType<string>().Distinct().Select(Tokens).Where(IsTooMany)];
        return longer.Length == 0 ? null : FormattableString.Invariant(
            $"Captions longer than text.max_tokens ({maxTokens}): {longer.Length}, with up to {longer.Max()} tokens. The model ignores the excess tokens.");
    }

    /// <exception cref="TinySoraException">UnknownClass, PromptCropped.</exception>
    public IReadOnlyList<string> UnknownWords(string prompt)
    {
        if (model.Conditioning == Conditioning.Class)
        {
            if (!string.IsNullOrWhiteSpace(prompt))
            {
                ClassOf(prompt);
            }

            return [];
        }

        var unknown = conditioner.UnknownWords(prompt);
        var tokens = Tokens(WeightedText.Parse(prompt).Text);
        return IsTooMany(tokens) ? throw ModelErrors.PromptCropped(prompt, tokens, maxTokens!.Value) : unknown;
    }

    public void Dispose() => conditioner.Dispose();

    private int Tokens(string text) => model.Conditioning == Conditioning.Text ? encoder?.CountTokens(text) ?? 0 : 0;

    private bool IsTooMany(int tokens) => tokens > maxTokens;

    private static NetworkCondition OfStates((TextStates States, Tensor Absent) text) =>
        new() { Text = text.States.Values, TextPresent = text.States.Present, TextWeights = text.States.Weights, Absent = text.Absent };

    /// <summary>Returns the distinct names of classes, compared as prompts are: regardless of case and surrounding spaces.</summary>
    private static IEnumerable<string> NamesIn(IEnumerable<string?> captions) => captions.OfType<string>().Select(caption => caption.Trim())
        .Where(caption => caption.Length > 0).Order(StringComparer.Ordinal).Distinct(StringComparer.OrdinalIgnoreCase);

    /// <param name="numbers">One label per clip; <c>null</c> for an unconditional clip.</param>
    private NetworkCondition OfClasses(IEnumerable<long?> numbers)
    {
        long?[] all = [.. numbers];
        return new()
        {
            Labels = tensor(all.Select(number => number ?? 0).ToArray()).to(device), Absent = tensor(all.Select(number => number is null).ToArray()).to(device),
        };
    }

    /// <param name="prompt">Prompt, in which backslashes may precede parentheses.</param>
    private long ClassOf(string prompt) => Find(prompt) ?? Find(WeightedText.Unescape(prompt)) ?? throw ModelErrors.UnknownClass(prompt, classes);

    /// <summary>Returns the label of a class, given its name or its label as text; <c>null</c> if the class is unknown.</summary>
    private long? Find(string name) => LabelOf(name, classes, model);

    private static long? LabelOf(string name, IReadOnlyList<string> classes, TransformerConfig model)
    {
        var index = classes.ToList().FindIndex(known => known.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase));
        return index >= 0 ? index : int.TryParse(name, out var number) && number >= 0 && number < model.NumClasses ? number : null;
    }
}
