using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Expectations;

/// <summary>One row of a test of a model: a clip to be made, and what it has to show. What is null or empty is not asked.</summary>
/// <param name="Row">Its number in the table, from 1.</param>
public sealed record Expectation(int Row, string Prompt, long Seed)
{
    /// <summary>A colour of the shapes world that the clip has to show; likewise <see cref="Shape"/> and <see cref="Motion"/>.</summary>
    public string? Colour { get; init; }

    public string? Shape { get; init; }

    public string? Motion { get; init; }

    /// <summary>The clip that the clip has to be like.</summary>
    public Clip? Reference { get; init; }

    /// <summary>The least likeness to <see cref="Reference"/>, as a peak signal-to-noise ratio in decibels.</summary>
    public double? MinPsnr { get; init; }

    /// <summary>The least likeness to <see cref="Reference"/>, as a structural similarity of at most 1.</summary>
    public double? MinSsim { get; init; }

    /// <summary>The least mean difference of a pixel from the frame before, of 1.</summary>
    public double? MinChange { get; init; }

    /// <summary>The most mean difference of a pixel from the frame before, of 1.</summary>
    public double? MaxChange { get; init; }

    /// <summary>One of <see cref="ClipMovement.Directions"/>.</summary>
    public string? Moves { get; init; }

    /// <summary>Names of <see cref="ClipPalette.Names"/> that have to be among the clip's colours.</summary>
    public IReadOnlyList<string> Palette { get; init; } = [];

    /// <summary>A name for what the row asks, whatever its place: hexadecimal digits, the same for equal rows.</summary>
    internal string Id
    {
        get
        {
            var reference = Reference is null ? "" : Convert.ToHexString(SHA256.HashData(Reference.Pixels));
            string[] parts =
            [
                Prompt, Colour ?? "", Shape ?? "", Motion ?? "", Moves ?? "", string.Join(' ', Palette), reference,
                FormattableString.Invariant($"{Seed} {MinPsnr:R} {MinSsim:R} {MinChange:R} {MaxChange:R}"),
            ];
            return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))))[..16];
        }
    }

    internal bool IsEmpty =>
        (Colour ?? Shape ?? Motion ?? Moves) is null && Reference is null && (MinChange ?? MaxChange) is null && Palette.Count == 0;
}
