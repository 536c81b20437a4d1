using TinySora.Engine.Compute.Native;
using TinySora.Engine.Layers;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Tests.Compute.Native;

/// <summary>An exception inside libtorch's backward pass would end the process, so it is rethrown after the pass.</summary>
public sealed class KernelOperationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_failure_in_a_backward_pass_is_thrown_once_after_it(bool adds)
    {
        using var scope = NewDisposeScope();
        using var model = new One();
        using var flat = new FlatParameters(model);
        var (weight, failing) = (model.Weight, new Doubled(fails: true));

        var error = Assert.Throws<InvalidOperationException>(() => flat.Backward(failing.Apply(new Doubled(fails: false).Apply(weight)).sum(), adds));

        Assert.Equal("no gradient", error.Message);
        flat.Backward(new Doubled(fails: false).Apply(weight).sum());
        Assert.Equal([2f, 2f], flat.Gradients.narrow(0, 0, 2).data<float>().ToArray());
    }

    [Fact]
    public void A_failure_during_recomputation_is_thrown()
    {
        using var scope = NewDisposeScope();
        var x = ones([2]).requires_grad_();
        var y = GradientCheckpoint.Run(inputs => new Doubled(fails: true).Apply(inputs[0]), x);
        Assert.Throws<InvalidOperationException>(() => KernelOperation.RunBackward(() => y.sum().backward()));
        KernelOperation.RunBackward(() => { });
    }

    [Fact]
    public void A_libtorch_failure_clears_a_pending_failure()
    {
        using var scope = NewDisposeScope();
        Assert.ThrowsAny<Exception>(() => KernelOperation.RunBackward(() => zeros([1]).backward()));
        KernelOperation.RunBackward(() => { });
    }

    private sealed class Doubled(bool fails) : KernelOperation
    {
        protected override Tensor Compute(Tensor?[] inputs) => inputs[0]! * 2;

        protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient) =>
            fails ? throw new InvalidOperationException("no gradient") : [gradient * 2];
    }

    private sealed class One : nn.Module
    {
        public readonly Parameter Weight = new(ones([2]));

        public One()
            : base(nameof(One)) => RegisterComponents();
    }
}
