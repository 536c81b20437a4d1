using System.Globalization;
using System.Text.RegularExpressions;
using TinySora.Engine.Families;

namespace TinySora.Engine.Latents;

/// <summary>Properties of an autoencoder that are sufficient for training on its latents or tokens without its checkpoint.</summary>
/// <param name="Channels">Number of latent channels; 1 if only tokens are known.</param>
/// <param name="Codes">Size of the codebook; <c>null</c> if it has none.</param>
/// <param name="Hash"><see cref="CodecModel.Hash"/> or its beginning; <c>null</c> if unknown.</param>
internal sealed partial record CodecTraits(LatentStride Stride, int Channels, int? Codes, string? Hash)
{
    /// <summary><see cref="CodecModel.ModelHash"/> if it differs from the hash; otherwise <c>null</c>.</summary>
    public string? ModelHash { get; init; }

    public static CodecTraits Of(CodecModel model) => new(model.Codec.Stride, model.Codec.Channels, model.Codec.Codes, model.Hash)
    {
        ModelHash = model.ModelHash == model.Hash ? null : model.ModelHash,
    };

    /// <summary>Parses the output of <see cref="ToString"/> anywhere in a text; returns <c>null</c> if there is none.</summary>
    public static CodecTraits? Parse(string? text, string? hash) => Form().Match(text ?? "") is { Success: true } match
        ? new(
            new(Number(match, "frames"), Number(match, "height"), Number(match, "width")), Number(match, "channels"),
            match.Groups["codes"].Success ? Number(match, "codes") : null, hash)
        : null;

    /// <summary>Returns whether two hashes may belong to the same model; each may be complete, shortened or unknown.</summary>
    public static bool AreAlike(string? one, string? other) => one is null || other is null
        || one.StartsWith(other, StringComparison.OrdinalIgnoreCase) || other.StartsWith(one, StringComparison.OrdinalIgnoreCase);

    /// <summary>Formats the traits except the hash as text that people and <see cref="Parse"/> can read.</summary>
    public override string ToString()
    {
        var text = FormattableString.Invariant($"stride {Stride.Frames} x {Stride.Height} x {Stride.Width}, channels {Channels}");
        return Codes is int codes ? FormattableString.Invariant($"{text}, codes {codes}") : text;
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"stride (?<frames>[1-9]\d{0,3}) x (?<height>[1-9]\d{0,3}) x (?<width>[1-9]\d{0,3}), "
        + @"channels (?<channels>[1-9]\d{0,4})(, codes (?<codes>[1-9]\d{0,8}))?")]
    private static partial Regex Form();
}
