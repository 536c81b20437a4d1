using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TinySora.LibTorch.Tests;

/// <summary>What only the shim promises: TorchSharp lets some of these end the process.</summary>
public class ErrorTests
{
    [Fact]
    public void A_failing_operator_names_itself_and_the_shapes()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ExternalException>(() => zeros([2, 3]).matmul(zeros([4, 5])));
        Assert.Contains("aten::matmul", error.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 3]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[4, 5]", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("frame #", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_tensor_is_refused()
    {
        var x = zeros([2]);
        x.Dispose();
        Assert.Throws<InvalidOperationException>(() => x + 1);
    }

    [Fact]
    public void Backward_without_a_graph_is_an_exception()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ExternalException>(() => zeros([1]).backward());
    }

    [Fact]
    public void Values_that_do_not_fill_the_shape_are_refused() =>
        Assert.Throws<ArgumentException>(() => tensor(new[] { 1f, 2f, 3f }, [2, 2]));
}
