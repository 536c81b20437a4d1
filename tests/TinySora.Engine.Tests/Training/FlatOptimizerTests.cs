using TinySora.Engine.Configuration;
using TinySora.Engine.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

public sealed class FlatOptimizerTests
{
    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void Steps_over_the_flat_tensor_equal_those_over_the_layers(string name)
    {
        using var scope = NewDisposeScope();
        using var flatTask = new ToyTask { Noise = 0 };
        using var layerTask = new ToyTask { Noise = 0 };
        var config = new TrainerConfig { Optimizer = name, WeightDecay = 0.1, AdamBeta2 = 0.99, TrainLr = 0.01 };
        using var flat = new FlatParameters(flatTask.Model);
        using var optimizer = new FlatOptimizer(flat, config);
        using var reference = name == "adam"
            ? (optim.Optimizer)optim.Adam(layerTask.Model.parameters(), 0.01, 0.9, 0.99)
            : optim.AdamW(layerTask.Model.parameters(), 0.01, 0.9, 0.99, weight_decay: 0.1);
        using var generator = new Generator(1);

        for (var step = 0; step < 3; step++)
        {
            flat.ZeroGradients();
            flatTask.Loss(ToyTask.Load([step]), generator).backward();
            optimizer.Step(step, 0.01, tensor(false));
            reference.zero_grad();
            layerTask.Loss(ToyTask.Load([step]), generator).backward();
            reference.step();
        }

        var expected = layerTask.Model.named_parameters().ToDictionary(item => item.name, item => item.parameter);
        Assert.All(flatTask.Model.named_parameters(), item =>
            Assert.True(item.parameter.allclose(expected[item.name], 1e-6, 1e-7), item.name));
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void A_skipped_step_leaves_weights_and_moments_bit_for_bit_as_they_are(string name)
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        var config = new TrainerConfig { Optimizer = name, WeightDecay = name == "adamw" ? 0.1 : 0 };
        using var flat = new FlatParameters(task.Model);
        using var optimizer = new FlatOptimizer(flat, config);
        flat.Gradients.fill_(0.5);
        optimizer.Step(0, 0.01, tensor(false));
        var before = State();

        foreach (var gradient in new[] { 1, float.NaN, float.PositiveInfinity })
        {
            flat.Gradients.fill_(gradient);
            optimizer.Step(1, 0.01, tensor(true));
            Assert.Equal(before, State());
        }

        flat.Gradients.fill_(1);
        optimizer.Step(1, 0.01, tensor(false));
        Assert.All(State().Zip(before), pair => Assert.NotEqual(pair.Second, pair.First));

        List<float[]> State() => [.. new[] { flat.Values, optimizer.Mean, optimizer.MeanSquare }.Select(t => t.data<float>().ToArray())];
    }
}
