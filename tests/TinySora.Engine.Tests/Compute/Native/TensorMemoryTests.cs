using System.Globalization;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Installation;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Native;

/// <summary>Tests the reuse of pages of freed tensors (TinySora.Kernels/tensor_allocator.cpp).</summary>
public sealed class TensorMemoryTests
{
    private const int Page = 4096;
    private const int Bytes = 64 << 20;

    public TensorMemoryTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && KernelLibrary.Instance.Problem is null, "Requires the kernels on Linux.");
        GC.Collect();
        GC.WaitForPendingFinalizers(); // Undisposed tensors of other tests would be freed while bytes are counted.
    }

    [Fact]
    public void Pages_are_kept_for_the_next_tensor_until_they_are_released()
    {
        Faults();

        Assert.InRange(Faults(), 0, 4);
        KernelLibrary.ReleaseMemory();
        Assert.InRange(Faults(), Bytes / (2 << 20) / 2, Bytes / Page * 2); // with large or small pages
    }

    [Fact]
    public void Tensors_of_any_size_do_not_overlap()
    {
        var random = new Random(7);
        var before = KernelLibrary.Instance.TensorBytes();
        var live = new List<(Tensor Tensor, int Number)>();
        for (var turn = 1; turn <= 3000; turn++)
        {
            if (live.Count > 40 || (live.Count > 0 && random.Next(2) == 0))
            {
                var (tensor, number) = live[random.Next(live.Count)];
                using var equal = tensor.eq(number);
                using var all = equal.all();
                Assert.True(all.ToBoolean(), $"turn {turn}: tensor {number} was overwritten");
                live.Remove((tensor, number));
                tensor.Dispose();
            }
            else
            {
                live.Add((full([(long)Math.Pow(2, 10 + (random.NextDouble() * 10))], turn, dtype: ScalarType.Int32), turn));
            }
        }

        Assert.True(KernelLibrary.Instance.TensorBytes() > before);
        live.ForEach(pair => pair.Tensor.Dispose());
        Assert.Equal(before, KernelLibrary.Instance.TensorBytes());
    }

    /// <summary>Two versions of the module in one session bring two copies; freeing memory of one in the other would end the process.</summary>
    [Fact]
    public void A_second_copy_of_the_library_leaves_tensors_to_the_first()
    {
        using var folder = new TemporaryFolder();
        var copy = folder.File(NativeFile.Of(KernelLibrary.Name));
        File.Copy(KernelLibrary.File()!, copy);
        using var tensor = empty(Bytes, dtype: ScalarType.Byte);
        var before = KernelLibrary.Instance.TensorBytes();

        var second = KernelLibrary.Open(copy);

        Assert.Null(second.Problem);
        tensor.Dispose();
        Assert.Equal(before - Bytes, KernelLibrary.Instance.TensorBytes());
        using var another = empty(Bytes, dtype: ScalarType.Byte);
        Assert.Equal((before, 0), (KernelLibrary.Instance.TensorBytes(), second.TensorBytes()));
    }

    [Fact]
    public void Kept_memory_counts_as_free()
    {
        Faults();

        _ = MemoryUse.GetFreeBytes();

        Assert.True(Faults() > 4);
    }

    [Fact]
    public void An_oversized_tensor_is_refused_and_later_ones_are_not()
    {
        Assert.ThrowsAny<Exception>(() => empty(1L << 50));
        Assert.InRange(Faults(), 0, Bytes / Page * 2);
    }

    /// <summary>Counts the page faults of this thread for writing a tensor.</summary>
    private static long Faults()
    {
        using var tensor = empty(Bytes, dtype: ScalarType.Byte);
        var bytes = tensor.bytes;
        var before = FaultsOfThread();
        for (var i = 0; i < Bytes; i += Page)
        {
            bytes[i] = 1;
        }

        return FaultsOfThread() - before;
    }

    /// <summary>Returns the eighth field after the name in brackets.</summary>
    private static long FaultsOfThread() =>
        long.Parse(File.ReadAllText("/proc/thread-self/stat").Split(") ")[^1].Split(' ')[7], CultureInfo.InvariantCulture);
}
