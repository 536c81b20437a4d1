using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>
/// Guided sampling from noise to clip with learned variances, in five steps of T = 1000, compared with plain operators of PyTorch 1.13 in
/// float64. The script processes each example of DiT separately and uses networks and noise by <see cref="Formulas"/>.
/// Values grow to some hundreds, because the network is untrained; the tolerance is relative.
/// </summary>
public sealed class LatentSamplingTests
{
    private const double Tolerance = 1e-4;
    private const double Scale = 2.5;

    [Theory]
    [InlineData("latte class", "ddpm", 0.0, -11926.772267441866, 19.49748665003798, 568.4662151015182)]
    [InlineData("latte class", "ddim", 0.0, -10933.117337640553, -3.2529259728693507, 531.8561946760954)]
    [InlineData("latte class", "ddim", 0.5, -10981.405270803509, -0.1792439810088654, 535.5686059247508)]
    [InlineData("dit concat", "ddpm", 0.0, -2217.290456560296, 46.65502280523722, 569.7776300954338)]
    [InlineData("dit concat", "ddim", 0.0, -1967.1024211371662, 21.21962593538678, 524.6355561461249)]
    [InlineData("dit concat", "ddim", 0.5, -2000.7152472872322, 24.51007471245661, 533.5543720254151)]
    public void Guided_sampling_matches_PyTorch(string name, string sampler, double eta, double sum, double first, double largest)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (model, condition) = TransformerTesting.Cases()[name];
        using var denoiser = new LatentDenoiser(TransformerTesting.Filled(model), null, TransformerTesting.Shape.Channels);
        var prompt = condition with { Absent = zeros([2], ScalarType.Bool) };
        var process = new ReverseProcess(NoiseSchedule.Linear(1000), Objective.Noise, sampler == "ddim" ? new DdimSampler(eta) : new DdpmSampler(), 5)
        {
            ClampsX0 = false, Spacing = StepSpacing.Even, Variance = ReverseVariance.Learned,
        };
        var drawn = 5;
        using var predictor = denoiser.Prepare(TransformerTesting.Clips.shape, prompt, null, Scale, null);
        var clip = process.Run(predictor.Predict, () => Noise(drawn++));
        Assert.Equal(sampler == "ddpm" || eta > 0 ? 10 : 6, drawn); // the initial noise, and one draw between steps
        Assert.Equal(1, Formulas.Sum(clip) / sum, Tolerance);
        Assert.Equal(1, clip.abs().max().ToDouble() / largest, Tolerance);
        Assert.Equal(first, clip.flatten()[0].ToDouble(), Tolerance * largest);
    }

    /// <summary>Two of three channels are guided; the third, like the variances, comes from the prediction with the prompt.</summary>
    [Fact]
    public void Guidance_can_be_limited_to_some_channels()
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (model, condition) = TransformerTesting.Cases()["st-dit text"];
        using var denoiser = new LatentDenoiser(TransformerTesting.Filled(model), null, TransformerTesting.Shape.Channels);
        var prompt = condition with { Absent = zeros([2], ScalarType.Bool) };
        var all = Predict(Scale);
        var two = Predict(Scale, 2);
        var plain = Predict(1);
        Assert.True(two.narrow(1, 0, 2).allclose(all.narrow(1, 0, 2)));
        Assert.True(two.narrow(1, 2, 4).allclose(plain.narrow(1, 2, 4), 1e-4, 1e-5));
        Assert.False(two.narrow(1, 2, 1).allclose(all.narrow(1, 2, 1), 1e-3, 1e-3));
        Assert.True(all.allclose(Predict(Scale, 4)));

        Tensor Predict(double scale, int? guided = null)
        {
            using var predictor = denoiser.Prepare(TransformerTesting.Clips.shape, prompt, null, scale, guided);
            return predictor.Predict(TransformerTesting.Clips, 700);
        }
    }

    private static Tensor Noise(int phase)
    {
        var shape = TransformerTesting.Clips.shape;
        var count = (int)shape.Aggregate((a, b) => a * b);
        return tensor(Enumerable.Range(0, count).Select(i => (float)(1.3 * Math.Sin((0.37 * i) + phase))).ToArray()).view(shape);
    }
}
