using TinySora.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation.Videos;

/// <summary>Statistics of the motion in videos, and the distance of these videos from reference videos.</summary>
/// <param name="Clips">Number of measured clips.</param>
/// <param name="Skipped">Number of clips that were skipped because they could not be read or have only one frame.</param>
/// <param name="Change">Mean absolute difference between the pixels of consecutive frames, from 0 to 1.</param>
/// <param name="Flicker">Mean absolute difference of a pixel from the mean of the previous and next frames, from 0 to 1; 0 for a steady change. <c>null</c> if
/// no clip has three frames.</param>
/// <param name="Identity">Mean cosine similarity between each frame and the first frame of its clip, in random features relative to the mean frame; 1 if clips
/// keep their content. The mean frame is that of the reference videos or, without any, of the measured videos; <c>null</c> for a single clip.</param>
public sealed record VideoStatistics(int Clips, int Skipped, double Change, double? Flicker, double? Identity)
{
    /// <summary>Caption of the videos, or the prompt in their recipes; <c>null</c> if all videos were measured together, or if they have no caption.</summary>
    public string? Caption { get; init; }

    /// <summary>
    /// The measured caption whose reference clips have the nearest mean frame. It differs from <see cref="Caption"/> if the videos show another scene.
    /// <c>null</c> if there are no reference clips, or if all captions were measured together.
    /// </summary>
    public string? NearestCaption { get; init; }

    /// <summary>Mean length of the optical flow over all pixels, in pixels per frame at the measured size; 0 if nothing moves.</summary>
    public double Flow { get; init; }

    public double? ReferenceFlow { get; init; }

    public int? ReferenceClips { get; init; }
    public double? ReferenceChange { get; init; }
    public double? ReferenceFlicker { get; init; }
    public double? ReferenceIdentity { get; init; }

    /// <summary>
    /// Kernel distance between the videos and the reference videos. A fixed random network computes features of frames and of their changes, which are divided
    /// by their standard deviations over the reference videos. Not comparable with FVD. <c>null</c> if either side has fewer than two clips.
    /// </summary>
    public double? RandomFeatureDistance { get; init; }

    /// <summary>
    /// Random-feature distance between two halves of the reference videos. Generated videos that are as good as the reference have about this distance.
    /// <c>null</c> for fewer than four reference videos.
    /// </summary>
    public double? ReferenceHalvesDistance { get; init; }

    public override string ToString() =>
        FormattableString.Invariant($"{Clips} clips: flow {Flow:0.000}, change {Change:0.0000}, flicker {Flicker:0.0000}, identity {Identity:0.000}");
}

/// <summary>
/// Squared maximum mean discrepancy of two sets of vectors, unbiased, with the kernel (x·y / d + 1)³ (Gretton et al. 2012; Bińkowski et al. 2018, "Demystifying
/// MMD GANs", who use it for KID). It is close to 0 and possibly negative for sets from the same distribution, regardless of their sizes.
/// </summary>
internal static class KernelDistance
{
    /// <param name="x">(N, d) with N ≥ 2.</param>
    /// <param name="y">(M, d) with M ≥ 2.</param>
    public static double Between(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (x.to(ScalarType.Float64), y.to(ScalarType.Float64));
        return Others(a) + Others(b) - (2 * Kernel(a, b).mean().ToDouble());
    }

    /// <summary>Returns the mean of the kernel over all pairs of different vectors in a set.</summary>
    private static double Others(Tensor x)
    {
        var count = x.size(0);
        var own = ((x.square().sum(1) / x.size(1)) + 1).pow(3);
        return (Kernel(x, x).sum() - own.sum()).ToDouble() / (count * (count - 1));
    }

    private static Tensor Kernel(Tensor x, Tensor y) => ((x.Times(y.transpose(0, 1)) / x.size(1)) + 1).pow(3);
}
