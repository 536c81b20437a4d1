using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Configuration;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Optimization;

public sealed class OptimizerTests
{
    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void Steps_match_PyTorch(string name)
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
    public void Each_kind_has_the_states_that_it_names()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        using var flat = new FlatParameters(task.Model);
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            var config = new TrainerConfig { Optimizer = kind };
            using var optimizer = OptimizerChoice.Create(flat, config);
            Assert.Equal(OptimizerChoice.StateNames(kind), optimizer.States.Select(state => state.Name));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_parameters_with_enough_dimensions_decay(bool kernels)
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
    [InlineData("muon")]
    public void Skipped_step_leaves_weights_and_moments_unchanged_bit_for_bit(string name)
    {
        using var scope = NewDisposeScope();
        using var model = new Mixed();
        var config = new TrainerConfig { Optimizer = UNetTesting.Named<OptimizerKind>(name), WeightDecay = name == "adam" ? 0 : 0.1 };
        using var flat = new FlatParameters(model);
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

    [Fact]
    public void Muon_updates_matrices_by_its_formulas_and_other_weights_as_AdamW()
    {
        using var scope = NewDisposeScope();
        using var model = new Mixed();
        var config = new TrainerConfig
        {
            Optimizer = OptimizerKind.Muon, WeightDecay = 0.1, WeightDecayFromAxes = 1, AdamBeta1 = 0.8, AdamBeta2 = 0.95,
        };
        using var flat = new FlatParameters(model, null, config.WeightDecayFromAxes);
        using var optimizer = OptimizerChoice.Create(flat, config);
        using var nothing = no_grad();
        var expected = UNetGolden.Read("optimizers.json").GetProperty("muon");
        var names = expected.EnumerateObject().Select(property => property.Name).ToList();
        foreach (var (name, values) in flat.Views(flat.Values))
        {
            values.copy_(Scattered(values, names.IndexOf(name)));
        }

        for (var step = 0; step < 5; step++)
        {
            var values = flat.Views(flat.Values).ToDictionary(item => item.Name, item => item.View);
            foreach (var (name, gradient) in flat.Views(flat.Gradients))
            {
                gradient.copy_(Scattered(gradient, (10 * (step + 1)) + names.IndexOf(name)) * values[name]);
            }

            optimizer.Step(step, 0.02, tensor(false));
        }

        Assert.Equal(names.Count, flat.Views(flat.Values).Count());
        Assert.All(flat.Views(flat.Values), item =>
        {
            var wanted = tensor(expected.GetProperty(item.Name).EnumerateArray().Select(value => value.GetSingle()).ToArray());
            Assert.True(item.View.flatten().narrow(0, 0, wanted.numel()).allclose(wanted, 1e-4, 1e-5), item.Name);
        });
    }

    [Fact]
    public void Orthogonalized_momentum_is_nearly_orthogonal()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var matrices = randn([2, 24, 40]);
        foreach (var part in new[] { matrices, matrices.mT })
        {
            var (min, max) = (linalg.svdvals(Muon.Orthogonal(part)).min().ToSingle(), linalg.svdvals(Muon.Orthogonal(part)).max().ToSingle());
            Assert.InRange(min, 0.6f, 1f);
            Assert.InRange(max, 1f, 1.3f);
        }
    }

    [Fact]
    public void Muon_skips_weights_without_gradient_and_counts_its_FLOPs()
    {
        using var scope = NewDisposeScope();
        using var model = new Mixed();
        using var flat = new FlatParameters(model);
        using var optimizer = OptimizerChoice.Create(flat, new TrainerConfig { Optimizer = OptimizerKind.Muon });
        var before = flat.Values.data<float>().ToArray();
        flat.Gradients.zero_();
        optimizer.Step(0, 0.1, tensor(false));
        Assert.Equal(before, flat.Values.data<float>().ToArray());
        Assert.Equal(5 * 2 * ((2 * 9 * 9 * 12) + (9 * 9 * 9) + (2 * 8 * 8 * 72) + (8 * 8 * 8)), optimizer.Flops);
    }

    /// <summary>Matrices, an embedding table, a layer too narrow to count as a matrix, and biases.</summary>
    private sealed class Mixed : nn.Module
    {
        private readonly nn.Module table = nn.Embedding(9, 8);
        private readonly nn.Module mix = nn.Linear(9, 12);
        private readonly nn.Module mix2 = nn.Conv2d(8, 8, 3, bias: false);
        private readonly nn.Module few = nn.Linear(20, 4);

        public Mixed()
            : base(nameof(Mixed)) => RegisterComponents();
    }

    /// <summary>Returns sin(0.37 i (i + 1 + shift)) in the shape of another tensor.</summary>
    private static Tensor Scattered(Tensor like, int shift) =>
        tensor(Enumerable.Range(0, (int)like.numel()).Select(i => (float)Math.Sin(0.37 * i * (i + 1 + shift))).ToArray()).view(like.shape);

    /// <summary>Returns sin(0.37 i + shift).</summary>
    private static Tensor Wave(long count, double shift) =>
        tensor(Enumerable.Range(0, (int)count).Select(i => (float)Math.Sin((i * 0.37) + shift)).ToArray());
}
