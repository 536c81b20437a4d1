using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TorchSharp;
using static TinySora.Engine.Tests.Families.FrameAutoencoder.FrameTesting;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.FrameAutoencoder;

public sealed class PatchDiscriminatorTests
{
    [Theory]
    [InlineData(1, 72, 128, 8, 15, 661_312)]
    [InlineData(3, 256, 256, 31, 31, 663_360)]
    public void Parameters_and_output_grid_are_the_published_ones(int channels, int height, int width, int rows, int columns, long parameters)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        using var judge = new PatchDiscriminator(channels);
        Assert.Equal(parameters, judge.parameters().Sum(parameter => parameter.numel()));
        Assert.Equal([1, 1, rows, columns, 1], judge.forward(zeros([1, 1, height, width, channels])).shape);
        Assert.Equal(
            [
                "layers.0.0.bias", "layers.0.0.weight", "layers.1.0.weight", "layers.1.1.bias", "layers.1.1.num_batches_tracked",
                "layers.1.1.running_mean", "layers.1.1.running_var", "layers.1.1.weight", "layers.2.0.weight", "layers.2.1.bias",
                "layers.2.1.num_batches_tracked", "layers.2.1.running_mean", "layers.2.1.running_var", "layers.2.1.weight", "layers.3.0.weight",
            ],
            judge.state_dict().Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>Reference values are those of an independent PyTorch network.</summary>
    [Fact]
    public void Forward_losses_gradients_and_statistics_match_PyTorch()
    {
        using var scope = NewDisposeScope();
        using var judge = Filled(new PatchDiscriminator(3));
        var (made, real) = (Wave(0.11, 2, 3, 24, 32).requires_grad_(), Wave(0.07, 2, 3, 24, 32, Math.PI / 2));
        var judged = judge.forward(made);
        foreach (var (want, got) in new[] { 0.05629884824156761, 0.17121347784996033, 0.255353182554245 }.Zip(Row(judged)))
        {
            Near(want, got);
        }

        var taken = nn.functional.mse_loss(judged, ones_like(judged));
        taken.backward();
        Near(0.4515135586261749, taken.ToDouble());
        Near(0.06838144179741973, made.grad!.norm().ToDouble());
        Near(0.0005201282911002636, Row(made.grad)[5]);
        Statistics(-0.0056734452955424786, 0.9098731279373169);

        judge.zero_grad();
        var (ofMade, ofReal) = (judge.forward(made.detach()), judge.forward(real));
        var wrong = (nn.functional.mse_loss(ofMade, zeros_like(ofMade)) + nn.functional.mse_loss(ofReal, ones_like(ofReal))) / 2;
        wrong.backward();
        Near(0.33687058091163635, wrong.ToDouble());
        Near(28.769466521741155, GradientNorm(judge));
        Assert.All(
            new[]
            {
                ("layers.0.0.bias", 0.1756293213323939, 0.02439792826771736), ("layers.1.0.weight", 9.28312143198487, 0.013371989130973816),
                ("layers.2.1.weight", 0.24659099384430327, 0.00415697880089283), ("layers.3.0.weight", 11.622948736832797, -0.016188599169254303),
            },
            expected =>
            {
                var (norm, first) = Gradient(judge, expected.Item1);
                Near(expected.Item2, norm);
                Near(expected.Item3, first);
            });
        Statistics(-0.01627022959291935, 0.7548788785934448);

        void Statistics(double mean, double variance)
        {
            var buffers = judge.named_buffers().ToDictionary(item => item.name, item => item.buffer);
            Near(mean, buffers["layers.1.1.running_mean"][0].ToDouble());
            Near(variance, buffers["layers.2.1.running_var"][0].ToDouble());
        }
    }
}
