using TinySora.Engine.Families.TokenModel.Networks;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

/// <summary>Reference values come from a loop over the recurrence in PyTorch 1.13.1 and float64, to 1e-5.</summary>
public sealed class SelectiveScanTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Values_and_gradients_equal_those_of_the_recurrence()
    {
        float[][] expected =
        [
            // y
            [0.3533241f, 0.05477179f, -0.1337411f, 0.003332306f, 0.01484155f, -0.002949432f,
                -0.06570441f, 0.002204322f, 0.02432776f, -0.02732874f, 0.0673164f, -0.003858903f],
            // u
            [0.1770318f, 0.04035961f, 0.005643601f, 0.005904517f, 0.01771413f, -0.0370349f,
                -0.02644378f, -0.003684677f, -0.05476325f, 0.06003805f, -0.03507743f, -0.00407205f],
            // delta
            [0.07260315f, -0.00607318f, -0.001803556f, -0.1758039f, -0.002012455f, -0.003753358f,
                -0.0007300108f, 0.0007548054f, 0.004158927f, -0.002708537f, 0.0237079f, -0.0008666408f],
            // a
            [-8.434051e-05f, 0.003844474f, -0.002004287f, 0.006139759f],
            // b
            [0.1115848f, -0.1524877f, -0.1328952f, 0.1033187f, 0.006854193f, 0.003975132f,
                -0.001681182f, 0.005812787f, 0.001353769f, -0.00138009f, 0.04407247f, 0.02535433f],
            // c
            [-0.1023714f, -0.1155126f, 0.1086998f, -0.07652822f, -0.005858417f, 0.0003894374f,
                -0.0002442443f, -9.725471e-05f, 0.00569475f, 0.0008685865f, 0.004428066f, 0.05543246f],
            // d
            [0.3311008f, 0.1495049f],
            // gate
            [-0.2025664f, 0.009646141f, 0.003083764f, 0.000817359f, -0.001228084f, 0.006620919f,
                -0.006703219f, -0.00434511f, 0.003910527f, -0.07287288f, 0.03474575f, 0.2192254f],
        ];
        foreach (var (values, actual) in expected.Zip(ValueAndGradients(2, 3, 2, 2)))
        {
            Assert.True(actual.flatten().allclose(tensor(values), 1e-5, 1e-6), $"{string.Join(", ", actual.flatten().data<float>().ToArray())}");
        }
    }

    /// <summary>More tokens than a block holds; each number is the sum of a tensor's products with noise.</summary>
    [Fact]
    public void Long_sequences_have_the_values_and_gradients_of_the_recurrence()
    {
        double[] expected =
        [
            -6.159788047, 4.288091742, 0.1613194713, 2.489264167, -2.579738464, 8.224513221, -2.055099274, 3.368046959,
        ];
        var actual = ValueAndGradients(2, 150, 16, 5);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], (actual[i] * Noise(9 + i, actual[i].shape)).sum().ToDouble(), 1e-4);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void One_token_at_a_time_equals_the_whole_sequence(int atATime)
    {
        const int Length = 70;
        using var gradients = no_grad();
        var x = Inputs(2, Length, 16, 5);
        var state = zeros([2, 16, 5]);
        var steps = new List<Tensor>();
        for (var t = 0; t < Length; t += atATime)
        {
            Tensor Now(int input) => x[input].narrow(1, t, atATime);
            steps.Add((Tensor)SelectiveScan.Step(Now(0), Now(1), x[2], Now(3), Now(4), x[5], Now(6), state));
        }

        Assert.True(cat(steps, 1).allclose((Tensor)SelectiveScan.Apply(x[0], x[1], x[2], x[3], x[4], x[5], x[6]), 1e-5, 1e-6));
    }

    [Fact]
    public void Gate_is_optional()
    {
        var x = Inputs(1, 9, 4, 3);
        var gated = SelectiveScan.Apply(x[0], x[1], x[2], x[3], x[4], x[5], x[6]);
        Assert.True(gated.Eager!.allclose((Tensor)SelectiveScan.Apply(x[0], x[1], x[2], x[3], x[4], x[5], null) * nn.functional.silu(x[6]), 1e-5, 1e-6));
    }

    internal static Tensor[] Inputs(int clips, int length, int channels, int states) =>
    [
        Noise(1, clips, length, channels), nn.functional.softplus(Noise(2, clips, length, channels)), -Noise(3, channels, states).exp(),
        Noise(4, clips, length, states), Noise(5, clips, length, states), Noise(6, channels), Noise(7, clips, length, channels),
    ];

    private static Tensor[] ValueAndGradients(int clips, int length, int channels, int states)
    {
        var x = Inputs(clips, length, channels, states).Select(input => input.requires_grad_()).ToArray();
        var y = SelectiveScan.Apply(x[0], x[1], x[2], x[3], x[4], x[5], x[6]);
        (y * Noise(8, y.shape)).Eager!.sum().backward();
        return [y.Eager!.detach(), .. x.Select(input => input.grad!)];
    }
}
