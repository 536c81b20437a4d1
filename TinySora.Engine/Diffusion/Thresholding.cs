using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>Keeps guessed clean clips in [−1, 1].</summary>
public static class Thresholding
{
    /// <param name="x0">(B, ...).</param>
    /// <param name="percentile">
    /// Dynamic thresholding (Saharia et al. 2022): each clip's limit is this quantile of |x₀|, at least 1, and the clip is
    /// divided by it. Null: clamp at ±1.
    /// </param>
    public static Tensor Apply(Tensor x0, double? percentile)
    {
        if (percentile is not double p)
        {
            return x0.clamp(-1, 1);
        }

        var limit = x0.abs().flatten(1).quantile(tensor((float)p, device: x0.device), 1).clamp_min(1);
        limit = limit.view([-1, .. Enumerable.Repeat(1L, x0.shape.Length - 1)]);
        return x0.minimum(limit).maximum(-limit) / limit;
    }
}
