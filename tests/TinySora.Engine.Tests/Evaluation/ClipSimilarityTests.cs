using TinySora.Engine.Evaluation;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Evaluation;

public sealed class ClipSimilarityTests
{
    /// <summary>Expected values were computed by numpy in double precision, window by window.</summary>
    [Fact]
    public void Measures_match_numpy()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Clips(2, 3, 14, 17);
        Assert.Equal(0.007618766514870408, ClipSimilarity.Mse(x, y), 1e-8);
        Assert.Equal(21.18115335635172, ClipSimilarity.Psnr(ClipSimilarity.Mse(x, y)), 1e-5);
        Assert.Equal(0.9517210573107887, ClipSimilarity.Ssim(x, y)!.Value, 1e-6);
        Assert.Equal(0.011785119006280195, ClipSimilarity.TemporalError(x, y)!.Value, 1e-8);
    }

    [Fact]
    public void Equal_clips_have_no_error()
    {
        using var scope = NewDisposeScope();
        var (x, _) = Clips(3, 2, 11, 11);
        Assert.Equal(0, ClipSimilarity.Mse(x, x));
        Assert.Equal(double.PositiveInfinity, ClipSimilarity.Psnr(0));
        Assert.Equal(1, ClipSimilarity.Ssim(x, x)!.Value, 1e-12);
        Assert.Equal(0, ClipSimilarity.TemporalError(x, x));
    }

    [Fact]
    public void Clip_too_small_for_a_measure_has_no_value()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Clips(3, 1, 16, 10);
        Assert.Null(ClipSimilarity.Ssim(x, y));
        Assert.Null(ClipSimilarity.TemporalError(x, y));
    }

    private static (Tensor X, Tensor Y) Clips(int channels, int frames, int height, int width)
    {
        var x = new float[channels * frames * height * width];
        var y = new float[x.Length];
        for (var k = 0; k < x.Length; k++)
        {
            var (c, f, i, j) = (k / width / height / frames, k / width / height % frames, k / width % height, k % width);
            x[k] = ((i * 7) + (j * 3) + (f * 5) + (c * 11)) % 23 / 22f;
            y[k] = (x[k] * 0.8f) + (((i * j) + f) % 7 / 35f);
        }

        long[] shape = [1, channels, frames, height, width];
        return (tensor(x, shape), tensor(y, shape));
    }
}
