using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Expectations;

/// <summary>One row of a model test: a clip to generate, and its expected properties. Properties that are null or empty are not checked.</summary>
/// <param name="Row">Row number in the table, from 1.</param>
public sealed record Expectation(int Row, string Prompt, long Seed)
{
    /// <summary>Expected color. Like <see cref="Shape"/> and <see cref="Motion"/>, it is a word from the shapes world.</summary>
    public string? Color { get; init; }

    public string? Shape { get; init; }

    public string? Motion { get; init; }

    /// <summary>The clip to compare the generated clip with; <c>null</c> for none.</summary>
    public Clip? Reference { get; init; }

    /// <summary>Minimum similarity to <see cref="Reference"/>, as a peak signal-to-noise ratio in decibels.</summary>
    public double? MinPsnr { get; init; }

    /// <summary>Minimum similarity to <see cref="Reference"/>, as a structural similarity of at most 1.</summary>
    public double? MinSsim { get; init; }

    /// <summary>Minimum mean absolute difference between the pixels of consecutive frames, from 0 to 1.</summary>
    public double? MinChange { get; init; }

    /// <summary>Maximum mean absolute difference between the pixels of consecutive frames, from 0 to 1.</summary>
    public double? MaxChange { get; init; }

    /// <summary>Expected direction, one of <see cref="ClipMovement.Directions"/>.</summary>
    public string? Moves { get; init; }

    /// <summary>Expected colors of the clip, from <see cref="ClipPalette.Names"/>.</summary>
    public IReadOnlyList<string> Palette { get; init; } = [];

    /// <summary>Identifier of the row in hexadecimal digits. It depends on the row's content, but not on its position in the table.</summary>
    internal string Id
    {
        get
        {
            var reference = Reference is null ? "" : Convert.ToHexString(SHA256.HashData(Reference.Pixels));
            string[] parts =
            [
                Prompt, Color ?? "", Shape ?? "", Motion ?? "", Moves ?? "", string.Join(' ', Palette), reference,
                FormattableString.Invariant($"{Seed} {MinPsnr:R} {MinSsim:R} {MinChange:R} {MaxChange:R}"),
            ];
            return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))))[..16];
        }
    }

    internal bool IsEmpty =>
        (Color ?? Shape ?? Motion ?? Moves) is null && Reference is null && (MinChange ?? MaxChange) is null && Palette.Count == 0;
}
