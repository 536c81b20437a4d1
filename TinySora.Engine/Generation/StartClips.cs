using System.Security.Cryptography;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Generation;

/// <summary>A file to start a video from (see <see cref="Variation"/>), or two files to interpolate between (see <see cref="Interpolation"/>).</summary>
/// <param name="To">The second file; <c>null</c> if there is only one.</param>
public sealed record StartClips(string From, string? To = null)
{
    /// <summary>Mixing ratio of the two clips; <c>null</c> for the default of <see cref="Interpolation.Mix"/>.</summary>
    public double? Mix { get; init; }

    /// <summary>Amount of noise that is added to the clips; <c>null</c> for the default of <see cref="Interpolation"/> or <see cref="Variation"/>.</summary>
    public double? Noise { get; init; }

    /// <summary>Hash of the first clip's content, as recorded in a recipe; <c>null</c> to accept any content.</summary>
    public string? FromHash { get; init; }

    public string? ToHash { get; init; }

    /// <summary>File name for a video that is generated from the start clips without a prompt.</summary>
    internal string Name => To is null
        ? $"from {Path.GetFileNameWithoutExtension(From)}"
        : $"{Path.GetFileNameWithoutExtension(From)} to {Path.GetFileNameWithoutExtension(To)}";

    /// <exception cref="TinySoraException">OtherClip, and those of <see cref="ClipFile.Read"/>.</exception>
    internal SourceClipStart Read(ClipShape shape, CancellationToken cancellation)
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
            var clip = shape.ReadClip(path, cancellation);
            var found = expected is null ? null : Hash(clip, shape);
            return string.Equals(found, expected, StringComparison.OrdinalIgnoreCase) ? clip : throw GenerationErrors.OtherClip(path, found!, expected!);
        }
    }

    /// <summary>Returns the hash of a clip as it is passed to the model, which does not depend on the name or format of the clip's file.</summary>
    internal static string Hash(Clip clip, ClipShape shape) => Convert.ToHexString(SHA256.HashData(shape.Fit(clip)));
}
