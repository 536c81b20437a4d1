using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TinySora.LibTorch.Tests;

public class ModuleTests
{
    [Fact]
    public void Initial_weights_equal_PyTorchs_under_the_same_seed()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var layers = new Dictionary<string, Module>
        {
            ["Linear"] = Linear(5, 3),
            ["Conv2d"] = Conv2d(3, 4, 3),
            ["Conv3d"] = Conv3d(2, 3, (1, 3, 3)),
            ["ConvTranspose3d"] = ConvTranspose3d(3, 2, (1, 4, 4)),
            ["Embedding"] = Embedding(6, 3),
        };
        foreach (var entry in Golden.Section("initial").EnumerateObject())
        {
            var parameters = layers[entry.Name].named_parameters().ToDictionary(p => p.name, p => p.parameter);
            foreach (var expected in entry.Value.EnumerateObject())
            {
                var values = Golden.Floats(expected.Value);
                var actual = parameters[expected.Name].detach().flatten().narrow(0, 0, values.Length);
                Golden.Equal(values, actual, 1e-7f);
            }
        }
    }

    [Fact]
    public void Fields_become_keys_of_the_state_dict()
    {
        using var net = new Net();
        Assert.Equal(
            ["scale", "proj.weight", "proj.bias", "blocks.0.weight", "blocks.1.weight", "table"],
            net.state_dict().Keys);
        Assert.Equal(["scale", "proj.weight", "proj.bias", "blocks.0.weight", "blocks.1.weight"],
            net.named_parameters().Select(p => p.name));
    }

    [Fact]
    public void A_state_dict_loads_into_another_module()
    {
        using var scope = NewDisposeScope();
        using var source = new Net();
        using var target = new Net();
        target.load_state_dict(source.state_dict());
        Assert.True(allclose(source.blocks[1].weight, target.blocks[1].weight));
    }

    [Fact]
    public void A_state_dict_of_other_keys_is_refused()
    {
        using var net = new Net();
        var other = net.state_dict();
        other.Remove("scale");
        Assert.Throws<InvalidOperationException>(() => net.load_state_dict(other));
    }

    [Fact]
    public void Moving_to_another_type_keeps_whole_numbers()
    {
        using var net = new Net().to(bfloat16);
        Assert.Equal(bfloat16, net.proj.weight.dtype);
        Assert.True(net.proj.weight.requires_grad);
        Assert.Equal(int64, net.get_buffer("table")!.dtype);
    }

    [Fact]
    public void Training_mode_reaches_the_submodules()
    {
        using var scope = NewDisposeScope();
        using var net = new Net();
        net.eval();
        Assert.False(net.proj.training);
        Assert.Equal(4, Dropout(0.5).call(ones([4])).numel());
    }

    [Fact]
    public void A_training_step_leaves_the_number_of_live_tensors_where_it_was()
    {
        using var net = new Net();
        Step(net);
        GC.Collect(); // What other tests left behind.
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 20; i++)
        {
            Step(net);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    /// <summary>Gradient descent by hand.</summary>
    private static void Step(Net net)
    {
        using var scope = NewDisposeScope();
        net.zero_grad();
        net.call(Golden.Ramp([2, 4], 0).cpu()).square().mean().backward();
        using var nothing = no_grad();
        foreach (var parameter in net.parameters())
        {
            parameter.sub_(parameter.grad! * 0.01);
        }
    }

    private sealed class Net : Module<Tensor, Tensor>
    {
        public readonly Parameter scale = Parameter(ones([3]));
        public readonly Linear proj = Linear(4, 3);
        public readonly ModuleList<Linear> blocks = new(Linear(3, 3, false), Linear(3, 3, false));
        public readonly Tensor table = arange(3, int64);

        internal Net() : base(nameof(Net)) => RegisterComponents();

        public override Tensor forward(Tensor input) =>
            blocks.Aggregate(proj.call(input) * scale, (x, block) => functional.silu(block.call(x)));
    }
}
