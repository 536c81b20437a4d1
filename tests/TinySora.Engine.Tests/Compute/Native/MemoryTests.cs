using TinySora.Engine.Compute;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute;

/// <summary>Large tensors have memory of our own: see native/memory.cpp.</summary>
public sealed class MemoryTests
{
    public MemoryTests() => Assert.SkipUnless(KernelLibrary.Found.Problem is null, $"There is no memory of our own: {KernelLibrary.Found.Problem}.");

    [Fact]
    public void Tensors_that_come_and_go_never_share_memory()
    {
        var random = new Random(1);
        var kept = new List<(Tensor Tensor, int Value)>();
        for (var i = 1; i <= 600; i++)
        {
            // Up to 2 MiB: some from the usual allocator, most from ours.
            kept.Add((full([random.Next(1, 1 << 19)], i, dtype: int32), i));
            if (kept.Count > 30)
            {
                Release(random.Next(kept.Count));
            }
        }

        while (kept.Count > 0)
        {
            Release(kept.Count - 1);
        }

        void Release(int index)
        {
            using var scope = NewDisposeScope();
            var (tensor, value) = kept[index];
            Assert.True(tensor.eq(value).all().ToBoolean(), $"the tensor filled with {value}");
            tensor.Dispose();
            kept.RemoveAt(index);
        }
    }

    [Fact]
    public void More_memory_than_the_machine_has_is_refused()
    {
        var error = Assert.ThrowsAny<Exception>(() => empty([1L << 46], dtype: int8));

        Assert.Contains("allocate", error.Message, StringComparison.Ordinal);
    }
}
