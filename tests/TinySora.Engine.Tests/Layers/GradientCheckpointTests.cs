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
    public void Recomputed_part_gives_the_same_gradients_in_the_same_precision(bool isNarrow)
    {
        using var processor = new Processor(isNarrow);
        var (x, scale, table) = (randn([4, 16]), randn([4, 16]), randn([4, 16]));
        Assert.Equal(Gradients(x, scale, table, recomputed: false), Gradients(x, scale, table, recomputed: true));
        Assert.Equal(3, calls);
    }

    /// <summary>For example, the text of a model without text, or an input without a gradient.</summary>
    [Fact]
    public void Input_can_be_missing_or_without_a_gradient()
    {
        var x = randn([4, 16]).requires_grad_();
        var table = randn([4, 16]);
        GradientCheckpoint.Run(inputs => inputs[0]! * inputs[2]! + (inputs[1] is null ? 1 : 0), x, null, table).sum().backward();
        Assert.True(x.grad!.allclose(table));
        Assert.Null(table.grad);
    }

    [Fact]
    public void Nothing_outlives_the_step()
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
        Assert.InRange(Tensor.TotalCount, 0, before); // fewer if the garbage collector finds others meanwhile
    }

    [Fact]
    public void Exception_during_recomputation_is_thrown()
    {
        var x = randn([4, 16]).requires_grad_();
        var y = GradientCheckpoint.Run(inputs => calls++ == 0 ? inputs[0]! * 2 : throw new InvalidOperationException("no second time"), x);
        var error = Assert.Throws<InvalidOperationException>(() => KernelOperation.RunBackward(() => y.sum().backward()));
        Assert.Contains("no second time", error.Message, StringComparison.Ordinal);
        KernelOperation.RunBackward(() => { }); // thrown once
    }

    [Fact]
    public void Recomputation_is_not_counted_twice()
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
        using (Precision.Use(true))
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
