using System.Security.Cryptography;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Generation;

/// <summary>A file that a video begins with, see <see cref="Variation"/>, or two to go between, see <see cref="Interpolation"/>.</summary>
/// <param name="To">Null: there is no second.</param>
public sealed record StartClips(string From, string? To = null)
{
    /// <summary>The mixture of the two clips; null: the default of <see cref="Interpolation.Mix"/>.</summary>
    public double? Mix { get; init; }

    /// <summary>The amount of noise; null: the default of <see cref="Interpolation"/> or <see cref="Variation"/>.</summary>
    public double? Noise { get; init; }

    /// <summary>What a recipe says of the first clip's content; null: any will do.</summary>
    public string? FromHash { get; init; }

    public string? ToHash { get; init; }

    /// <summary>The name of the file of a video that has no prompt.</summary>
    internal string Name => To is null
        ? $"from {Path.GetFileNameWithoutExtension(From)}"
        : $"{Path.GetFileNameWithoutExtension(From)} to {Path.GetFileNameWithoutExtension(To)}";

    /// <exception cref="TinySoraException">OtherClip, and those of <see cref="ClipFile.Read"/>.</exception>
    internal GivenStart Read(ClipShape shape)
    {
        if (To is null)
        {
            var variation = new Variation(Clip(From, FromHash));
            return variation with { Noise = Noise ?? variation.Noise };
        }

        var between = new Interpolation(Clip(From, FromHash), Clip(To, ToHash));
        return between with { Mix = Mix ?? between.Mix, Noise = Noise ?? between.Noise };

        Clip Clip(string path, string? expected)
        {
            var clip = shape.ReadClip(path, CancellationToken.None);
            return expected is null || expected.Equals(Hash(clip, shape), StringComparison.OrdinalIgnoreCase)
                ? clip
                : throw GenerationErrors.OtherClip(path, Hash(clip, shape), expected);
        }
    }

    /// <summary>The hash of what the model sees: neither the file's name nor its format matters.</summary>
    internal static string Hash(Clip clip, ClipShape shape) => Convert.ToHexString(SHA256.HashData(shape.Fit(clip)));
}
