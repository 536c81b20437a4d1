using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation.Videos;

/// <summary>Dense optical flow by least squares over windows (Lucas and Kanade 1981), coarse to fine (Bouguet 2001); zero where there is no texture.</summary>
internal static class OpticalFlow
{
    /// <summary>Side of the square window, in pixels of the current scale.</summary>
    private const int Window = 7;

    /// <summary>Minimum height and width of the coarsest scale, in pixels. On coarser scales, repeating textures would match at the wrong offset.</summary>
    private const int MinSize = 32;

    private const int Iterations = 4;

    /// <summary>Maximum number of frame pairs per batch, which limits memory use and the delay until a cancellation takes effect.</summary>
    private const int MaxPairs = 16;

    /// <summary>Regularization that is added to the mean squared gradients of the brightness (0 to 1). It is about as large as compression noise.</summary>
    private const double MinTexture = 3e-4;

    private static readonly float[] Luminance = [0.299f, 0.587f, 0.114f];

    /// <param name="frames">(F, 3, H, W) in [0, 1], with F ≥ 2.</param>
    /// <returns>Mean flow in pixels per frame, over all pixels and frames.</returns>
    public static double MeanLength(Tensor frames, CancellationToken cancellation = default)
    {
        var pairs = (int)frames.shape[0] - 1;
        var sum = 0.0;
        for (var first = 0; first < pairs; first += MaxPairs)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var count = Math.Min(MaxPairs, pairs - first);
            sum += count * Between(frames.narrow(0, first, count + 1)).square().sum(1).sqrt().mean().ToDouble();
        }

        return sum / pairs;
    }

    /// <inheritdoc cref="MeanLength"/>
    /// <returns>(F - 1, 2, H, W): displacement of each pixel to the next frame, in columns to the right and rows down.</returns>
    public static Tensor Between(Tensor frames)
    {
        using var scope = NewDisposeScope();
        var grey = (frames * tensor(Luminance, device: frames.device).view(1, 3, 1, 1)).sum(1, keepdim: true);
        var scales = new Stack<Tensor>([grey]);
        while (scales.Peek().shape[2..].Min() >= 2 * MinSize)
        {
            scales.Push(nn.functional.avg_pool2d(scales.Peek(), 2));
        }

        Tensor? flow = null;
        foreach (var scale in scales)
        {
            var (from, to) = (scale.narrow(0, 0, scale.shape[0] - 1), scale.narrow(0, 1, scale.shape[0] - 1));
            flow = flow is null ? zeros([from.shape[0], 2, .. from.shape[2..]], device: frames.device)
                : nn.functional.interpolate(flow, size: from.shape[2..], mode: InterpolationMode.Bilinear, align_corners: false) * 2;
            for (var i = 0; i < Iterations; i++)
            {
                flow = flow + Refined(from, Warped(to, flow));
            }
        }

        return flow!.MoveToOuterDisposeScope();
    }

    /// <summary>Returns the remaining flow between frames and warped frames, limited to one pixel along each axis.</summary>
    private static Tensor Refined(Tensor from, Tensor to)
    {
        var (x, y) = (Gradient((from + to) / 2, 3), Gradient((from + to) / 2, 2));
        var change = to - from;
        var (xx, xy, yy) = (Mean(x * x) + MinTexture, Mean(x * y), Mean(y * y) + MinTexture);
        var (xt, yt) = (Mean(x * change), Mean(y * change));
        var determinant = (xx * yy) - (xy * xy);
        return cat([((xy * yt) - (yy * xt)) / determinant, ((xy * xt) - (xx * yt)) / determinant], 1).clamp(-1, 1);
    }

    private static Tensor Mean(Tensor x) => nn.functional.avg_pool2d(x, Window, stride: 1, padding: Window / 2, count_include_pad: false);

    /// <summary>Returns the gradient along an axis by central differences, which are one-sided at the edges.</summary>
    private static Tensor Gradient(Tensor x, int axis)
    {
        var last = x.shape[axis] - 1;
        var step = x.narrow(axis, 1, last) - x.narrow(axis, 0, last);
        var (before, behind) = (cat([step.narrow(axis, 0, 1), step], axis), cat([step, step.narrow(axis, last - 1, 1)], axis));
        return (before + behind) / 2;
    }

    /// <summary>Warps frames to undo the flow: each pixel is sampled from the position that its flow leads to, or from the nearest edge.</summary>
    private static Tensor Warped(Tensor frames, Tensor flow)
    {
        var (height, width) = (frames.shape[2], frames.shape[3]);
        var columns = (arange(width, ScalarType.Float32, frames.device).view(1, 1, width) + flow.select(1, 0)) * (2.0 / (width - 1)) - 1;
        var rows = (arange(height, ScalarType.Float32, frames.device).view(1, height, 1) + flow.select(1, 1)) * (2.0 / (height - 1)) - 1;
        return nn.functional.grid_sample(
            frames, stack([columns, rows], -1), GridSampleMode.Bilinear, GridSamplePaddingMode.Border, align_corners: true);
    }
}
