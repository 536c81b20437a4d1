using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Diffusion;

namespace TinySora.Engine.Families.DiffusionModels;

/// <summary>
/// The smallest possible mean squared errors in the shapes world: those of the best prediction of a clip of 5 x 32 x 32 pixels from its caption and a noisy
/// version of it, averaged over clips.
/// </summary>
/// <remarks>
/// The best prediction is the posterior mean. Its errors were computed by importance sampling (<c>dotnet run --project benchmarks -c Release -- optimal</c>),
/// each with an uncertainty of 1 to 4 %. They depend only on the ratio of noise to signal, so they apply to every noise schedule.
/// </remarks>
internal static class ShapesLimit
{
    /// <summary>Hash of clips-vae, the autoencoder of <see cref="Latents"/>.</summary>
    private const string AutoencoderHash = "BEEBE59C4211A2D157049B3504F815CCAD7271B423FB054771086817DD3D47BD";

    /// <summary>Errors of pixels in [-1, 1], for a few ratios of noise to signal.</summary>
    private static readonly (double Noise, double Error)[] Pixels =
    [
        (1, 2.58e-4), (2, 1.017e-3), (3, 2.25e-3), (4, 3.93e-3), (5.5, 7.75e-3), (7.5, 1.43e-2), (10, 2.49e-2), (15, 4.84e-2), (20, 6.76e-2), (30, 9.13e-2),
        (50, 0.1115), (100, 0.1217), (500, 0.1254),
    ];

    /// <summary>Errors of the latents of clips-vae, normalized to standard deviation 1.</summary>
    private static readonly (double Noise, double Error)[] Latents =
    [
        (1, 1.56e-3), (2, 6.05e-3), (3, 1.345e-2), (4, 2.33e-2), (5.5, 4.4e-2), (7.5, 9.1e-2), (10, 0.1734), (15, 0.351), (20, 0.488), (30, 0.628), (50, 0.712),
        (100, 0.747), (500, 0.758),
    ];

    /// <summary>Returns the error of pixels as a function of the ratio of noise to signal.</summary>
    /// <param name="isHalf">Whether pixels are in [-0.5, 0.5] instead of [-1, 1].</param>
    public static Func<double, double> OfPixels(bool isHalf = false) =>
        isHalf ? noise => Interpolated(Pixels, 2 * noise) / 4 : noise => Interpolated(Pixels, noise);

    /// <summary>Returns the error of normalized latents as a function of the ratio of noise to signal; <c>null</c> for other autoencoders.</summary>
    /// <param name="hash"><see cref="Engine.Latents.CodecTraits.Hash"/>.</param>
    public static Func<double, double>? OfLatents(string? hash) => hash == AutoencoderHash ? noise => Interpolated(Latents, noise) : null;

    /// <summary>
    /// Returns the mean loss of the best possible model with complete captions; <c>null</c> if the error is unknown, the loss is not a squared error, or the
    /// data does not consist of captioned clips in this world, with all combinations of its datasets.
    /// </summary>
    /// <param name="captions">All captions of the data.</param>
    public static double? Loss(
        DenoisingLoss loss, TimestepDistribution levels, ClipShape shape, IEnumerable<string?> captions, Func<double, double>? error) =>
        error is not null && shape is { Channels: 3, Frames: 5, Height: 32, Width: 32 } && AreComplete(captions) ? loss.Mean(levels, error) : null;

    private static bool AreComplete(IEnumerable<string?> captions)
    {
        var combinations = captions.Distinct().Select(caption => caption is null ? null : ShapesWorld.Parse(caption)).ToHashSet();
        return !combinations.Contains(null) && combinations.IsSupersetOf(ShapesWorld.GetCombinations(ShapesSplit.Trained));
    }

    /// <summary>
    /// Interpolates the logarithms with cubic polynomials. With less noise, errors are proportional to its variance; with more noise, they are constant.
    /// </summary>
    private static double Interpolated((double Noise, double Error)[] points, double noise)
    {
        var after = Array.FindIndex(points, point => point.Noise > noise);
        if (after <= 0)
        {
            return after < 0 ? points[^1].Error : points[0].Error * noise * noise / (points[0].Noise * points[0].Noise);
        }

        var (first, last) = (points[after - 1], points[after]);
        var width = Math.Log(last.Noise / first.Noise);
        var t = Math.Log(noise / first.Noise) / width;
        var (y0, y1) = (Math.Log(first.Error), Math.Log(last.Error));
        var (slope0, slope1) = (width * Slope(points, after - 1), width * Slope(points, after));
        return Math.Exp(
            (((1 + (2 * t)) * y0) + (t * slope0)) * (1 - t) * (1 - t) + ((((3 - (2 * t)) * y1) - ((1 - t) * slope1)) * t * t));
    }

    /// <summary>Returns the derivative at a point with respect to the logarithm of the noise.</summary>
    private static double Slope((double Noise, double Error)[] points, int i) => i == 0 ? 2 : i == points.Length - 1 ? 0
        : Math.Log(points[i + 1].Error / points[i - 1].Error) / Math.Log(points[i + 1].Noise / points[i - 1].Noise);
}
