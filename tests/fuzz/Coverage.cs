using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SharpFuzz;
using SharpFuzz.Common;

namespace TinySora.Fuzz;

/// <summary>
/// The branches of the engine that an input takes, counted by instructions that SharpFuzz puts into the assembly before it is loaded. An input is new
/// that takes a branch, or about as often, as none of its format did before.
/// </summary>
internal static unsafe class Coverage
{
    private const int Size = 1 << 16;

    private static readonly string[] Watched =
        ["Files", "Formats", "Media", "Configuration", "Data", "Generation", "Runs", "Training", "Text", "Latents", "Evaluation"];

    private static readonly byte* Counts = (byte*)NativeMemory.AllocZeroed(Size);

    /// <summary>Changes the engine's assembly, which may not be loaded yet, and begins to count.</summary>
    public static void Begin()
    {
        try
        {
            foreach (var _ in Fuzzer.Instrument(Path.Combine(AppContext.BaseDirectory, "TinySora.Engine.dll"), IsWatched, Options.Value))
            {
            }
        }
        catch (InstrumentationException)
        {
            // It was changed when the program ran before.
        }

        Trace.SharedMem = Counts;
    }

    public static void Clear() => new Span<byte>(Counts, Size).Clear();

    /// <summary>Whether the input since <see cref="Clear"/> was new; it is not the next time.</summary>
    /// <param name="seen">The ranges of counts that were seen of each branch.</param>
    public static bool IsNew(byte[] seen)
    {
        var isNew = false;
        for (var i = 0; i < Size; i += sizeof(ulong))
        {
            if (Unsafe.ReadUnaligned<ulong>(Counts + i) == 0)
            {
                continue;
            }

            for (var j = i; j < i + sizeof(ulong); j++)
            {
                var range = (byte)(Counts[j] switch { 0 => 0, 1 => 1, 2 => 2, 3 => 4, < 8 => 8, < 16 => 16, < 32 => 32, < 128 => 64, _ => 128 });
                isNew |= (range & ~seen[j]) != 0;
                seen[j] |= range;
            }
        }

        return isNew;
    }

    private static bool IsWatched(string type) => Watched.Any(part => type.StartsWith($"TinySora.Engine.{part}.", StringComparison.Ordinal));
}
