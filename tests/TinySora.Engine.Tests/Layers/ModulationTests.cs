using TinySora.Engine.Compute;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Tests.Compute;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

public sealed class ModulationTests : IDisposable
{
    private const int Clips = 2;
    private const int Frames = 3;
    private const int Channels = 16;

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Norm_is_shifted_and_scaled_per_example()
    {
        var (x, shift, scale) = (Noise(1, Clips, Frames, Channels), Noise(2, Clips, Channels), Noise(3, Clips, Channels));
        var (values, shifts, scales) = (Values(x), Values(shift), Values(scale));
        var actual = Values((Tensor)Modulation.Norm(x, shift, scale));
        for (var row = 0; row < Clips * Frames; row++)
        {
            var features = values[(row * Channels)..((row + 1) * Channels)];
            var mean = features.Average();
            var deviation = Math.Sqrt(features.Average(feature => (feature - mean) * (feature - mean)) + 1e-6);
            for (var c = 0; c < Channels; c++)
            {
                var condition = (row / Frames * Channels) + c;
                Assert.Equal(((features[c] - mean) / deviation * (1 + scales[condition])) + shifts[condition], actual[(row * Channels) + c], 1e-5);
            }
        }
    }

    [Fact]
    public void Gate_is_applied_per_example()
    {
        var (x, gate, y) = (Noise(1, Clips, Frames, Channels), Noise(2, Clips, Channels), Noise(3, Clips, Frames, Channels));
        var (values, gates, added) = (Values(x), Values(gate), Values(y));
        var actual = Values((Tensor)Modulation.Gate(x, gate, y));
        for (var i = 0; i < actual.Length; i++)
        {
            Assert.Equal(values[i] + (gates[(i / (Frames * Channels) * Channels) + (i % Channels)] * added[i]), actual[i], 1e-6);
        }
    }

    [Fact]
    public void Norm_returns_the_type_of_products_and_gate_that_of_the_residual_stream()
    {
        using var processor = new Processor(hasBFloat16: true);
        using var precision = Precision.Use(true);
        var (x, condition) = (Noise(1, Clips, Frames, Channels), Noise(2, Clips, Channels).to(ScalarType.BFloat16));
        var normed = Modulation.Norm(x, condition, condition);
        Assert.Equal(ScalarType.BFloat16, normed.Eager!.dtype);
        Assert.Equal(ScalarType.Float32, Modulation.Gate(x, condition, normed).Eager!.dtype);
    }

    [Fact]
    public void Gelu_is_the_tanh_approximation()
    {
        // torch.nn.functional.gelu(x, approximate='tanh') of PyTorch 1.13.1
        var expected = new[] { 0, -0.0036374331f, -0.15880799f, -0.046017248f, 0, 0.053982753f, 0.84119201f, 2.9963627f, 20 };
        var x = tensor(new[] { -20, -3, -1, -0.1f, 0, 0.1f, 1, 3, 20 });
        Assert.True(Gelu.Tanh(x).Eager!.allclose(tensor(expected), 1e-5, 1e-6));
        Assert.Equal(ScalarType.BFloat16, Gelu.Tanh(x.to(ScalarType.BFloat16)).Eager!.dtype);
    }

    private static double[] Values(Tensor x) => [.. x.data<float>().ToArray().Select(value => (double)value)];
}
