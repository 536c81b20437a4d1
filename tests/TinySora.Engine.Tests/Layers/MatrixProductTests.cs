using TinySora.Engine.Errors;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Layers;

public sealed class MatrixProductTests
{
    /// <summary>Shapes that torch.matmul passes to mm, to bmm, and to bmm after broadcasting; and some without elements.</summary>
    [Theory]
    [InlineData(new long[] { 3, 5 }, new long[] { 5, 4 })]
    [InlineData(new long[] { 2, 3, 5 }, new long[] { 5, 4 })]
    [InlineData(new long[] { 3, 5 }, new long[] { 2, 5, 4 })]
    [InlineData(new long[] { 2, 3, 6, 5 }, new long[] { 2, 3, 5, 4 })]
    [InlineData(new long[] { 2, 1, 6, 5 }, new long[] { 3, 5, 4 })]
    [InlineData(new long[] { 6, 5 }, new long[] { 2, 3, 5, 4 })]
    [InlineData(new long[] { 0, 5 }, new long[] { 5, 4 })]
    [InlineData(new long[] { 2, 0, 5 }, new long[] { 5, 4 })]
    [InlineData(new long[] { 0, 3, 5 }, new long[] { 0, 5, 4 })]
    [InlineData(new long[] { 2, 0, 5 }, new long[] { 2, 5, 0 })]
    [InlineData(new long[] { 2, 3, 0 }, new long[] { 2, 0, 4 })]
    [InlineData(new long[] { 0, 5 }, new long[] { 2, 5, 4 })]
    public void Product_and_its_gradients_equal_those_of_matmul(long[] left, long[] right)
    {
        using var scope = NewDisposeScope();
        foreach (var hasGradient in new[] { false, true })
        {
            var (a, b) = (rand(left, requires_grad: hasGradient), rand(right, requires_grad: hasGradient));
            var (expected, actual) = (matmul(a, b), a.Times(b));

            Assert.Equal(expected.shape, actual.shape);
            Assert.True(expected.equal(actual).all().item<bool>());
            if (hasGradient)
            {
                expected.sum().backward();
                var (ofA, ofB) = (a.grad!.clone(), b.grad!.clone());
                a.grad.zero_();
                b.grad.zero_();
                actual.sum().backward();
                Assert.True(ofA.equal(a.grad).all().item<bool>() && ofB.equal(b.grad).all().item<bool>());
            }
        }
    }

    /// <summary>A size that exceeds the memory of any machine.</summary>
    [Fact]
    public void Product_that_does_not_fit_into_memory_is_an_error()
    {
        using var scope = NewDisposeScope();
        var sequence = zeros(1, 1L << 23, 1);

        var thrown = Assert.ThrowsAny<Exception>(() => ScaledDotProduct.Attend(sequence, sequence, sequence, scale: 1));

        Assert.Equal("TinySora.Runtime.OutOfMemory", RuntimeErrors.From(thrown).Id);
    }
}
