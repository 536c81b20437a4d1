using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Configuration;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Optimization;

public sealed class OptimizerTests
{
    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void Steps_are_those_that_PyTorch_takes(string name)
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        var config = new TrainerConfig { Optimizer = UNetTesting.Named<OptimizerKind>(name), WeightDecay = 0.1, AdamBeta1 = 0.8, AdamBeta2 = 0.95 };
        using var flat = new FlatParameters(task.Model);
        using var optimizer = OptimizerChoice.Create(flat, config);
        using var nothing = no_grad();
        flat.Values.copy_(Wave(flat.Values.numel(), 0));

        var expected = UNetGolden.Read("optimizers.json").GetProperty(name).EnumerateArray().ToList();
        for (var step = 0; step < expected.Count; step++)
        {
            flat.Gradients.copy_(Wave(flat.Values.numel(), step + 1) * flat.Values);
            optimizer.Step(step, 0.02, tensor(false));
            var values = expected[step].EnumerateArray().Select(value => value.GetSingle()).ToArray();
            Assert.True(flat.Values.narrow(0, 0, values.Length).allclose(tensor(values), 1e-5, 1e-6), $"step {step}");
        }
    }

    [Fact]
    public void Each_kind_has_an_optimizer_with_as_many_states_as_it_announces()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        using var flat = new FlatParameters(task.Model);
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            var config = new TrainerConfig { Optimizer = kind };
            using var optimizer = OptimizerChoice.Create(flat, config);
            Assert.Equal(optimizer.States.Count, OptimizerChoice.StatesOf(config));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_parameters_of_enough_axes_decay(bool kernels)
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        var config = new TrainerConfig { Optimizer = OptimizerKind.AdamW, WeightDecay = 0.5, WeightDecayFromAxes = 2 };
        using var flat = new FlatParameters(task.Model, null, config.WeightDecayFromAxes);
        using var optimizer = OptimizerChoice.Create(flat, config);
        using var nothing = no_grad();
        flat.Values.fill_(1);
        flat.Gradients.zero_();
        try
        {
            Kernels.Enabled = kernels;
            optimizer.Step(0, 0.1, tensor(false));
        }
        finally
        {
            Kernels.Enabled = true;
        }

        var parameters = task.Model.named_parameters().Select(item => item.parameter).ToList();
        Assert.Contains(parameters, parameter => parameter.ndim == 1);
        Assert.Contains(parameters, parameter => parameter.ndim == 2);
        Assert.All(parameters, parameter => Assert.True(parameter.allclose(tensor(parameter.ndim >= 2 ? 0.95f : 1f))));
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void A_skipped_step_leaves_weights_and_moments_bit_for_bit_as_they_are(string name)
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        var config = new TrainerConfig { Optimizer = UNetTesting.Named<OptimizerKind>(name), WeightDecay = name == "adamw" ? 0.1 : 0 };
        using var flat = new FlatParameters(task.Model);
        using var optimizer = OptimizerChoice.Create(flat, config);
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

        List<float[]> State() => [.. new[] { flat.Values, optimizer.States[0].Values, optimizer.States[1].Values }.Select(t => t.data<float>().ToArray())];
    }

    /// <summary>sin(0.37 i + shift).</summary>
    private static Tensor Wave(long count, double shift) =>
        tensor(Enumerable.Range(0, (int)count).Select(i => (float)Math.Sin((i * 0.37) + shift)).ToArray());
}
