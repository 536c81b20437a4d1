using System.Text.Json;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

/// <summary>Optimizations must not change what a model learns; the reference is tests/reference/losses_reference.py.</summary>
public sealed class LossEqualityTests
{
    [Theory]
    [InlineData("default", 4)]
    [InlineData("shapes-small", 8)]
    public void Losses_match_PyTorch_at_the_actual_sizes_of_the_preset(string name, int steps)
    {
        using var scope = NewDisposeScope();
        var golden = Read("losses.json").GetProperty(name);
        var shape = Numbers(golden.GetProperty("shape")).Select(n => (long)n).ToArray();
        var options = Options(golden.GetProperty("options"));
        using var model = new UNet3D(options);
        SetWeights(model);
        using var flat = new FlatParameters(model);
        using var optimizer = OptimizerChoice.Create(flat, new TrainerConfig());

        var expected = Numbers(golden.GetProperty("losses"));
        Assert.Equal(steps, expected.Length);
        for (var step = 0; step < expected.Length; step++)
        {
            using var stepScope = NewDisposeScope();
            var (clean, noise) = (Noise(3 * step, shape), Noise((3 * step) + 1, shape));
            var clips = Enumerable.Range(0, (int)shape[0]).ToArray();
            var levels = tensor(clips.Select(i => (float)(((6 * i) + 1) * step % 10)).ToArray());
            var angle = (levels + 0.5).view(-1, 1, 1, 1, 1) * Math.PI / 20;
            var text = Noise((3 * step) + 2, shape[0], options.CondDim!.Value);
            var dropped = tensor(clips.Select(i => i == 0 && step % 3 == 0).ToArray());
            var predicted = model.forward(clean * angle.cos() + noise * angle.sin(), levels, text, dropped);
            var loss = nn.functional.mse_loss((Tensor)predicted, noise);
            flat.Backward(loss);
            using var nothing = no_grad();
            optimizer.Step(step, golden.GetProperty("learning_rate").GetDouble(), tensor(false));
            Assert.True(Math.Abs(loss.ToDouble() - expected[step]) < 1e-5, $"step {step}: {loss.ToDouble()}, not {expected[step]}");
        }
    }

    [Theory]
    [InlineData("default")]
    [InlineData("shapes-small")]
    public void Compared_sizes_are_those_of_the_preset(string preset)
    {
        using var scope = NewDisposeScope();
        var config = ConfigFile.Parse(Presets.Text(preset), preset);
        var compared = Read("losses.json").GetProperty(preset);
        Assert.Equal(Text(config.Model with { CondDim = TextEncoders.FrozenWidth(config.Text) ?? config.Model.CondDim }), Text(Options(compared.GetProperty("options"))));
        Assert.Equal(
            [config.Trainer.TrainBatchSize, config.Model.Channels, config.Diffusion.Frames, config.Diffusion.Height, config.Diffusion.Height],
            Numbers(compared.GetProperty("shape")).Select(n => (int)n));

        // Records compare lists by reference, and the text encoder is not compared.
        static string Text(ModelConfig config) =>
            JsonSerializer.Serialize(config with { UseBertTextCond = true, BlockType = BlockKind.Basic, TextEncoder = null, TextEncoderPath = "" });
    }
}
