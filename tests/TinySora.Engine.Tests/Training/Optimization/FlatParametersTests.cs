using TinySora.Engine.Errors;
using TinySora.Engine.Layers;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Optimization;

public sealed class FlatParametersTests
{
    [Fact]
    public void Parameters_keep_their_values_and_become_views_of_one_tensor()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        var before = task.Model.named_parameters().ToDictionary(item => item.name, item => item.parameter.clone());

        using var flat = new FlatParameters(task.Model);

        Assert.Equal(before.Keys.Order(), flat.Views(flat.Values).Select(item => item.Name).Order());
        foreach (var (name, parameter) in task.Model.named_parameters())
        {
            Assert.True(parameter.requires_grad);
            Assert.Equal(before[name].data<float>().ToArray(), parameter.data<float>().ToArray());
        }

        using (no_grad())
        {
            flat.Values.fill_(3);
        }

        Assert.All(task.Model.parameters(), parameter => Assert.All(parameter.data<float>().ToArray(), value => Assert.Equal(3, value)));
    }

    [Fact]
    public void Gradients_accumulate_in_the_flat_tensor()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask { Noise = 0 };
        using var flat = new FlatParameters(task.Model);
        using var generator = new Generator(1);
        var expected = Gradients(0, 1);

        flat.Backward(task.Loss(ToyTask.Load([0]), generator));
        flat.Backward(task.Loss(ToyTask.Load([1]), generator), adds: true);

        foreach (var (name, view) in flat.Views(flat.Gradients))
        {
            Assert.True(view.allclose(expected[name], 1e-6, 1e-7), name);
        }

        Assert.NotEqual(0, flat.Gradients.norm().ToSingle());
    }

    [Fact]
    public void Dropped_gradients_are_attached_again()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        using var flat = new FlatParameters(task.Model);
        using var generator = new Generator(1);
        foreach (var parameter in task.Model.parameters())
        {
            parameter.grad = null;
        }

        flat.Backward(task.Loss(ToyTask.Load([2]), generator));

        Assert.NotEqual(0, flat.Gradients.norm().ToSingle());
    }

    [Fact]
    public void Gradients_match_autograd_regardless_of_how_they_are_accumulated()
    {
        using var scope = NewDisposeScope();
        using var model = new Ways();
        using var twin = new Ways();
        twin.load_state_dict(model.state_dict());
        using var flat = new FlatParameters(model);

        // A weight used once, twice, in products too small for a kernel, not at all, and once more.
        foreach (var (frames, times) in new[] { (8, 1), (8, 1), (8, 2), (1, 1), (8, 0), (8, 1) })
        {
            var input = randn([1, frames, 4, 4, 16]);
            flat.Backward(model.Loss(input, times));
            flat.Backward(model.Loss(input * 2, times), adds: true);
            foreach (var parameter in twin.parameters())
            {
                parameter.grad = null;
            }

            twin.Loss(input, times).backward();
            twin.Loss(input * 2, times).backward();
            var expected = twin.named_parameters().ToDictionary(item => item.name, item => item.parameter.grad ?? zeros_like(item.parameter));
            foreach (var (name, view) in flat.Views(flat.Gradients))
            {
                Assert.True(view.allclose(expected[name], 1e-4, 1e-5), $"{name}, {frames} frames, {times} times");
            }

            Assert.All(model.parameters(), parameter => Assert.NotNull(parameter.grad));
            Assert.Equal(flat.Gradients.norm().ToSingle(), flat.GradientNorm().ToSingle(), 1e-5f * flat.Gradients.norm().ToSingle());
        }
    }

    [Fact]
    public void Norm_of_millions_of_gradients_has_full_float_precision()
    {
        using var scope = NewDisposeScope();
        using var model = new Linear(2500, 4001, hasBias: true);
        using var flat = new FlatParameters(model);
        manual_seed(3);
        flat.Gradients.normal_(0, 1.5e-3);

        var exact = flat.Gradients.to(float64).norm().ToDouble();

        Assert.Equal(exact, flat.GradientNorm().ToDouble(), exact * 1e-6);
    }

    [Fact]
    public void Model_without_parameters_is_refused()
    {
        using var model = nn.Identity();

        var error = Assert.Throws<TinySoraException>(() => new FlatParameters(model));

        Assert.Equal("TinySora.Training.NoParameters", error.Id);
    }

    private static Dictionary<string, Tensor> Gradients(params int[] clips)
    {
        using var task = new ToyTask { Noise = 0 };
        using var generator = new Generator(1);
        foreach (var clip in clips)
        {
            task.Loss(ToyTask.Load([clip]), generator).backward();
        }

        return task.Model.named_parameters().ToDictionary(item => item.name, item => item.parameter.grad!.clone());
    }

    /// <summary>A convolution and any number of linear layers.</summary>
    private sealed class Ways : nn.Module
    {
        private readonly Conv conv = new(16, 16, kernel: 3, padding: 1);
        private readonly Linear linear = new(16, 16);

        public Ways()
            : base(nameof(Ways)) => RegisterComponents();

        /// <param name="input">(B, F, H, W, 16).</param>
        public Tensor Loss(Tensor input, int times)
        {
            var x = conv.forward(input);
            for (var i = 0; i < times; i++)
            {
                x = linear.forward(x);
            }

            return x.square().mean();
        }
    }
}
