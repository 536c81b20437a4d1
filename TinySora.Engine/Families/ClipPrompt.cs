namespace TinySora.Engine.Families;

/// <summary>The prompt and seed of one clip. The same prompt, plan and seed give the same clip, up to rounding, in any batch.</summary>
public sealed record ClipPrompt(long Seed)
{
    /// <summary>The prompt, whose words may carry weights; null or blank: without text.</summary>
    public string? Text { get; init; }

    /// <summary>The negative prompt that guidance moves away from; null or blank: the clip without text.</summary>
    public string? Negative { get; init; }

    /// <summary>The vector for a model that is conditioned on vectors; null: the null vector.</summary>
    public float[]? Vector { get; init; }

    /// <summary>One prompt for each of several texts, their seeds counting up.</summary>
    public static IReadOnlyList<ClipPrompt> Of(IEnumerable<string?> texts, long seed) =>
        [.. texts.Select((text, i) => new ClipPrompt(seed + i) { Text = text })];
}
