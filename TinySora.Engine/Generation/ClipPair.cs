using System.Security.Cryptography;
using TinySora.Engine.Data;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;

namespace TinySora.Engine.Generation;

/// <summary>Two files to make a video between, see <see cref="Interpolation"/>.</summary>
public sealed record ClipPair(string From, string To)
{
    /// <summary>Null: <see cref="Interpolation.Mix"/>'s default.</summary>
    public double? Mix { get; init; }

    /// <summary>Null: <see cref="Interpolation.Noise"/>'s default.</summary>
    public double? Noise { get; init; }

    /// <summary>What a recipe says of the first clip's content; null: any will do.</summary>
    public string? FromHash { get; init; }

    public string? ToHash { get; init; }

    /// <exception cref="TinySoraException">OtherClip, and those of <see cref="ClipFile.Read"/>.</exception>
    internal Interpolation Read(ClipShape shape)
    {
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

    /// <summary>Of what the model sees: neither the file's name nor its format matters.</summary>
    internal static string Hash(Clip clip, ClipShape shape) => Convert.ToHexString(SHA256.HashData(shape.Fit(clip)));
}
