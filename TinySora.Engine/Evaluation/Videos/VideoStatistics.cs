using TinySora.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation.Videos;

/// <summary>Statistics of how videos move, and of how far they are from others.</summary>
/// <param name="Clips">That were measured.</param>
/// <param name="Skipped">That could not be read or have one frame only.</param>
/// <param name="Change">The mean difference of a pixel from the frame before, of 1.</param>
/// <param name="Flicker">
/// The mean difference of a pixel from the mean of the frames before and behind, of 1: a steady change has none. null where no clip has three.
/// </param>
/// <param name="Identity">
/// The mean cosine between what a frame and the first frame of its clip have beyond the mean frame, in random features: 1 where a clip
/// stays what it was. Without other videos the mean frame is that of these; null where one clip is all there is.
/// </param>
public sealed record VideoStatistics(int Clips, int Skipped, double Change, double? Flicker, double? Identity)
{
    /// <summary>The caption of the videos, or the prompt in their recipes; null if videos of all captions were measured, or they have none.</summary>
    public string? Caption { get; init; }

    /// <summary>
    /// The caption whose reference clips have the mean frame nearest to that of these clips, among the captions that were measured: another than
    /// <see cref="Caption"/> if the videos show another scene. null without reference clips, or if all captions were measured together.
    /// </summary>
    public string? NearestCaption { get; init; }

    /// <summary>The mean length of the optical flow, in pixels of the measured size per frame, over all pixels: 0 where nothing moves.</summary>
    public double Flow { get; init; }

    public double? ReferenceFlow { get; init; }

    public int? ReferenceClips { get; init; }
    public double? ReferenceChange { get; init; }
    public double? ReferenceFlicker { get; init; }
    public double? ReferenceIdentity { get; init; }

    /// <summary>
    /// The kernel distance between both in features of frames and of what changes between them, of a fixed random network, in units of the others'
    /// deviations. No FVD, and not to be compared with one. null where there are fewer than two clips of a kind.
    /// </summary>
    public double? RandomFeatureDistance { get; init; }

    /// <summary>
    /// The random-feature distance between two halves of the reference videos, which is what equally good videos would reach. null where there
    /// are fewer than four.
    /// </summary>
    public double? ReferenceHalvesDistance { get; init; }

    public override string ToString() =>
        FormattableString.Invariant($"{Clips} clips: flow {Flow:0.000}, change {Change:0.0000}, flicker {Flicker:0.0000}, identity {Identity:0.000}");
}

/// <summary>
/// The squared maximum mean discrepancy of two sets of vectors under the kernel (x·y / d + 1)³, without bias (Gretton et al. 2012; Bińkowski et
/// al. 2018, "Demystifying MMD GANs", who use it for KID). Around 0, also below, for sets of one distribution, whatever their sizes.
/// </summary>
internal static class KernelDistance
{
    /// <param name="x">(N, d), N of 2 or more.</param>
    /// <param name="y">(M, d), M of 2 or more.</param>
    public static double Between(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (x.to(ScalarType.Float64), y.to(ScalarType.Float64));
        return Others(a) + Others(b) - (2 * Kernel(a, b).mean().ToDouble());
    }

    /// <summary>The mean over pairs of different vectors.</summary>
    private static double Others(Tensor x)
    {
        var count = x.size(0);
        var own = ((x.square().sum(1) / x.size(1)) + 1).pow(3);
        return (Kernel(x, x).sum() - own.sum()).ToDouble() / (count * (count - 1));
    }

    private static Tensor Kernel(Tensor x, Tensor y) => ((x.Times(y.transpose(0, 1)) / x.size(1)) + 1).pow(3);
}
