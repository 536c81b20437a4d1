using TinySora.Engine.Configuration;
using TinySora.Engine.Models.UNet;
using TinySora.Engine.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TinySora.Engine.Tests.Models.UNetGolden;

namespace TinySora.Engine.Tests.Training;

/// <summary>Speed must not change what is learned: see tests/reference/losses_reference.py.</summary>
public sealed class LossEqualityTests
{
    [Fact]
    public void Losses_of_fifty_steps_are_those_of_PyTorch()
    {
        using var scope = NewDisposeScope();
        var golden = Read("losses.json");
        var shape = Numbers(golden.GetProperty("shape")).Select(n => (long)n).ToArray();
        var options = Options(golden.GetProperty("options"));
        using var model = new UNet3D(options);
        SetWeights(model);
        using var flat = new FlatParameters(model);
        using var optimizer = new FlatOptimizer(flat, new TrainerConfig());

        var expected = Numbers(golden.GetProperty("losses"));
        Assert.Equal(50, expected.Length);
        for (var step = 0; step < expected.Length; step++)
        {
            using var stepScope = NewDisposeScope();
            var (clean, noise) = (Noise(3 * step, shape), Noise((3 * step) + 1, shape));
            var levels = tensor([(float)(step % 10), 7 * step % 10]);
            var angle = (levels + 0.5).view(-1, 1, 1, 1, 1) * Math.PI / 20;
            var text = Noise((3 * step) + 2, shape[0], options.CondDim!.Value);
            var predicted = model.forward(clean * angle.cos() + noise * angle.sin(), levels, text, tensor([step % 3 == 0, false]));
            var loss = nn.functional.l1_loss(predicted, noise);
            flat.Backward(loss);
            using var nothing = no_grad();
            optimizer.Step(step, golden.GetProperty("learning_rate").GetDouble(), tensor(false));
            Assert.True(Math.Abs(loss.ToDouble() - expected[step]) < 1e-5, $"step {step}: {loss.ToDouble()}, not {expected[step]}");
        }
    }
}
