using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SharpFuzz;
using SharpFuzz.Common;

namespace TinySora.Fuzz;

/// <summary>
/// Counts the branches of the engine that an input takes, with SharpFuzz's instrumentation of the assembly. An input is new if it takes a branch that no
/// earlier input of its format took, or takes it in a new order of magnitude.
/// </summary>
internal static unsafe class Coverage
{
    private const int Size = 1 << 16;

    private static readonly string[] Watched =
        ["Files", "Formats", "Media", "Configuration", "Data", "Generation", "Runs", "Training", "Text", "Latents", "Evaluation"];

    private static readonly byte* Counts = (byte*)NativeMemory.AllocZeroed(Size);

    /// <summary>Instruments the engine's assembly, which must not be loaded yet, and starts counting.</summary>
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
            // Already instrumented by an earlier run.
        }

        Trace.SharedMem = Counts;
    }

    public static void Clear() => new Span<byte>(Counts, Size).Clear();

    /// <summary>Whether the input since <see cref="Clear"/> was new. Marks it as seen.</summary>
    /// <param name="seen">Ranges of counts seen for each branch.</param>
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
