using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Layers;
using TinySora.Engine.Tests.Compute;
using TorchSharp;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Tests.Layers;

public sealed class GradientCheckpointTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Linear linear = new(16, 16);
    private int calls;

    public void Dispose()
    {
        linear.Dispose();
        scope.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Part_is_computed_again_for_the_same_gradients_and_in_the_same_precision(bool isNarrow)
    {
        using var processor = new Processor(isNarrow);
        var (x, scale, table) = (randn([4, 16]), randn([4, 16]), randn([4, 16]));
        Assert.Equal(Gradients(x, scale, table, recomputed: false), Gradients(x, scale, table, recomputed: true));
        Assert.Equal(3, calls);
    }

    /// <summary>The text, say, of a model that has none, or one that has no gradient.</summary>
    [Fact]
    public void An_input_may_be_missing_or_without_a_gradient()
    {
        var x = randn([4, 16]).requires_grad_();
        var table = randn([4, 16]);
        GradientCheckpoint.Run(inputs => inputs[0]! * inputs[2]! + (inputs[1] is null ? 1 : 0), x, null, table).sum().backward();
        Assert.True(x.grad!.allclose(table));
        Assert.Null(table.grad);
    }

    [Fact]
    public void Nothing_of_it_outlives_the_step()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 3; i++)
        {
            using var step = NewDisposeScope();
            Gradients(randn([4, 16]), randn([4, 16]), randn([4, 16]), recomputed: true);
        }

        linear.zero_grad();
        Assert.InRange(Tensor.TotalCount, 0, before); // fewer where the collector finds others meanwhile
    }

    [Fact]
    public void A_failure_while_it_is_computed_again_is_told()
    {
        var x = randn([4, 16]).requires_grad_();
        var y = GradientCheckpoint.Run(inputs => calls++ == 0 ? inputs[0]! * 2 : throw new InvalidOperationException("no second time"), x);
        var error = Assert.Throws<InvalidOperationException>(() => KernelOperation.RunBackward(() => y.sum().backward()));
        Assert.Contains("no second time", error.Message, StringComparison.Ordinal);
        KernelOperation.RunBackward(() => { }); // once
    }

    [Fact]
    public void What_is_computed_again_is_not_counted_again()
    {
        var before = FlopCounter.Count;
        Gradients(randn([4, 16]), randn([4, 16]), randn([4, 16]), recomputed: true);
        Assert.Equal(2 * 4 * 16 * 16, FlopCounter.Count - before);
    }

    /// <returns>The loss and all gradients.</returns>
    private float[] Gradients(Tensor x, Tensor scale, Tensor table, bool recomputed)
    {
        linear.zero_grad();
        Tensor[] inputs = [x.detach().requires_grad_(), scale.detach().requires_grad_(), table];
        Tensor loss;
        using (Precision.Use(amp: true, CPU))
        {
            loss = (recomputed ? GradientCheckpoint.Run(Part, inputs) : Part(inputs)).square().mean();
        }

        KernelOperation.RunBackward(() => loss.backward());
        Tensor[] results = [loss, inputs[0].grad!, inputs[1].grad!, .. linear.parameters().Select(parameter => parameter.grad!)];
        return [.. results.SelectMany(tensor => tensor.detach().contiguous().flatten().data<float>().ToArray())];
    }

    private Tensor Part(IReadOnlyList<Tensor?> inputs)
    {
        calls++;
        return (Precision.ToFloat32(linear.forward(inputs[0]! + inputs[2]!)) * inputs[1]!).tanh();
    }
}
