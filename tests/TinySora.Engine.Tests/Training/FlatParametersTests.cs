using TinySora.Engine.Errors;
using TinySora.Engine.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

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

        flat.ZeroGradients();
        task.Loss(ToyTask.Load([0]), generator).backward();
        task.Loss(ToyTask.Load([1]), generator).backward();

        foreach (var (name, view) in flat.Views(flat.Gradients))
        {
            Assert.True(view.allclose(expected[name], 1e-6, 1e-7), name);
        }

        Assert.NotEqual(0, flat.Gradients.norm().ToSingle());
    }

    [Fact]
    public void Gradients_that_were_dropped_are_attached_again()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        using var flat = new FlatParameters(task.Model);
        using var generator = new Generator(1);
        foreach (var parameter in task.Model.parameters())
        {
            parameter.grad = null;
        }

        flat.ZeroGradients();
        task.Loss(ToyTask.Load([2]), generator).backward();

        Assert.NotEqual(0, flat.Gradients.norm().ToSingle());
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
}
