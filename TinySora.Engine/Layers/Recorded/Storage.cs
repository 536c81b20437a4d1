using TinySora.Engine.Compute.Native;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Recorded;

/// <summary>Contiguous float32 memory of a recorded value: a part of the program's block, or a libtorch tensor outside it.</summary>
/// <param name="size">Number of values.</param>
/// <param name="outside">Tensor whose memory it is; <c>null</c> for a part of the block.</param>
internal sealed class Storage(long size, Tensor? outside = null)
{
    public long Size => size;

    /// <summary>Whether the backward pass computes a gradient for these values.</summary>
    public bool NeedsGradient { get; set; }

    /// <summary>Address at which the optimizer expects the gradient of a weight; 0 for other values.</summary>
    public nint GradientAddress { get; init; }

    /// <summary>Index of the first call that uses the memory; <see cref="int.MaxValue"/> if there is none.</summary>
    public int First { get; private set; } = int.MaxValue;

    /// <summary>Index of the last call that uses the memory.</summary>
    public int Last { get; private set; } = -1;

    /// <summary>Address of the first value, set by <see cref="MemoryPlan"/>.</summary>
    public nint Address { get; set; } = outside is null ? 0 : TensorView.Address(outside);

    /// <summary>Extends the lifetime to a call.</summary>
    public void Use(int call) => (First, Last) = (Math.Min(First, call), Math.Max(Last, call));
}

/// <summary>Places memory in a block so that no two storages that are in use at the same time overlap.</summary>
internal static class MemoryPlan
{
    /// <summary>Alignment in values, the size of a cache line. Kernels may read up to this many values beyond a storage.</summary>
    private const long Unit = 16;

    /// <returns>Offsets of the storages, and the size of the block, in values.</returns>
    public static (IReadOnlyDictionary<Storage, long> Offsets, long Size) Create(IEnumerable<Storage> storages)
    {
        var (offsets, placed, total) = (new Dictionary<Storage, long>(), new List<(Storage Storage, long From, long To)>(), 0L);
        foreach (var storage in storages.OrderByDescending(storage => storage.Size))
        {
            var length = ((storage.Size + Unit - 1) / Unit * Unit) + Unit;
            var from = 0L;
            var others = placed.Where(other => other.Storage.First <= storage.Last && storage.First <= other.Storage.Last);
            foreach (var other in others.OrderBy(other => other.From))
            {
                if (from + length <= other.From)
                {
                    break;
                }

                from = Math.Max(from, other.To);
            }

            placed.Add((storage, from, from + length));
            offsets[storage] = from;
            total = Math.Max(total, from + length);
        }

        return (offsets, total);
    }
}
