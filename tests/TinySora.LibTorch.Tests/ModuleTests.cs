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
        using var optimizer = optim.AdamW(net.parameters(), lr: 0.01);
        Step(net, optimizer);
        var before = Tensor.TotalCount;
        for (var i = 0; i < 20; i++)
        {
            Step(net, optimizer);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Optimizers_take_the_steps_that_PyTorch_takes()
    {
        using var scope = NewDisposeScope();
        var makers = new Dictionary<string, Func<Parameter, optim.Optimizer>>
        {
            ["Adam"] = p => optim.Adam([p], 0.02, 0.8, 0.95, 1e-6, weight_decay: 0.1),
            ["Adam amsgrad"] = p => optim.Adam([p], 0.02, amsgrad: true),
            ["AdamW"] = p => optim.AdamW([p], 0.02, 0.8, 0.95, weight_decay: 0.1),
        };
        foreach (var entry in Golden.Section("optimizers").EnumerateObject())
        {
            var weight = Parameter(Golden.Ramp([6], -1));
            using var optimizer = makers[entry.Name](weight);
            var step = 0;
            foreach (var expected in entry.Value.EnumerateArray())
            {
                optimizer.zero_grad();
                (weight * weight * Golden.Ramp([6], step++)).sum().backward();
                optimizer.step();
                Golden.Equal(Golden.Floats(expected), weight);
            }
        }
    }

    [Fact]
    public void Clipping_scales_all_gradients_by_their_joint_norm()
    {
        using var scope = NewDisposeScope();
        Parameter[] parameters = [Parameter(Golden.Ramp([3, 2], -1)), Parameter(Golden.Ramp([4], 1))];
        foreach (var parameter in parameters)
        {
            (3 * parameter * parameter).sum().backward();
        }
        var norm = nn.utils.clip_grad_norm_(parameters, 1.5);
        Assert.Equal(Golden.Section("clip", "norm").GetDouble(), norm, 5);
        foreach (var (parameter, expected) in parameters.Zip(Golden.Section("clip", "gradients").EnumerateArray()))
        {
            Golden.Equal(Golden.Floats(expected), parameter.grad!);
        }
    }

    private static void Step(Net net, optim.Optimizer optimizer)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        net.call(Golden.Ramp([2, 4], 0)).square().mean().backward();
        optimizer.step();
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
