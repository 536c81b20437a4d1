using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>
/// Calls any ATen operator by name through libtorch's dispatcher, autograd included. Arguments are positional; those
/// left out at the end, and <see cref="Argument.Default"/>, take the defaults of the operator's schema.
/// </summary>
internal static unsafe class Op
{
    // Names are literals, so looking handles up by reference finds them without hashing characters.
    private static readonly ConcurrentDictionary<string, nint> Handles = new(ByReference.Instance);

    /// <summary>The operator's only result.</summary>
    /// <param name="name"><c>aten::name</c> or <c>aten::name.overload</c>.</param>
    /// <exception cref="ExternalException">libtorch refused; the text names the operator and the shapes.</exception>
    internal static Tensor Call(string name, params ReadOnlySpan<Argument> arguments)
    {
        Invoke(name, arguments, out var results);
        return new Tensor(results[0].Pointer);
    }

    /// <summary>An in-place operator: what it returns is <paramref name="self"/>, which stays the same object.</summary>
    internal static Tensor InPlace(string name, Tensor self, params ReadOnlySpan<Argument> rest)
    {
        var arguments = new ArgumentBuffer();
        arguments[0] = self;
        rest.CopyTo(arguments[1..]);
        if (Invoke(name, arguments[..(rest.Length + 1)], out var results) > 0)
        {
            Native.ts_tensor_free(results[0].Pointer);
        }
        return self;
    }

    /// <summary>All results; an output that the operator left undefined throws where it is used, not here.</summary>
    internal static Tensor[] CallMany(string name, params ReadOnlySpan<Argument> arguments)
    {
        var count = Invoke(name, arguments, out var results);
        // Copied first: making a Tensor may call into the shim again, which reuses the buffer.
        var handles = new nint[count];
        for (var i = 0; i < count; i++)
        {
            handles[i] = results[i].Pointer;
        }
        return Array.ConvertAll(handles, handle => new Tensor(handle));
    }

    internal static bool CallBoolean(string name, params ReadOnlySpan<Argument> arguments)
    {
        Invoke(name, arguments, out var results);
        return results[0].Integer != 0;
    }

    internal static Scalar CallScalar(string name, params ReadOnlySpan<Argument> arguments)
    {
        Invoke(name, arguments, out var results);
        return results[0].Kind switch
        {
            Kind.Real => results[0].Real,
            Kind.Boolean => results[0].Integer != 0,
            _ => results[0].Integer,
        };
    }

    private static int Invoke(string name, ReadOnlySpan<Argument> arguments, out NativeArgument* results)
    {
        var scratchSize = 0;
        foreach (ref readonly var argument in arguments)
        {
            scratchSize += argument.Reference switch
            {
                Array list => list.Length,
                string text => Encoding.UTF8.GetMaxByteCount(text.Length) / sizeof(long) + 1,
                _ => 0,
            };
        }
        const int onStack = 256;
        var scratch = stackalloc long[Math.Min(scratchSize, onStack)];
        var onHeap = scratchSize > onStack ? (long*)NativeMemory.Alloc((nuint)scratchSize, sizeof(long)) : null;
        try
        {
            var native = stackalloc NativeArgument[arguments.Length];
            Marshal(arguments, native, onHeap != null ? onHeap : scratch);
            NativeArgument* found;
            var count = Native.ts_op_call(Handles.GetOrAdd(name, Find), native, arguments.Length, &found);
            Native.Check(count);
            results = found;
            foreach (ref readonly var argument in arguments)
            {
                GC.KeepAlive(argument.Reference);
            }
            return count;
        }
        finally
        {
            NativeMemory.Free(onHeap);
        }
    }

    private static void Marshal(ReadOnlySpan<Argument> arguments, NativeArgument* native, long* scratch)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            ref readonly var argument = ref arguments[i];
            native[i] = new NativeArgument { Kind = argument.Kind, Integer = argument.Bits };
            switch (argument.Reference)
            {
                case Tensor tensor:
                    native[i].Pointer = tensor.Handle;
                    continue;
                case Generator generator:
                    native[i].Pointer = generator.Handle;
                    continue;
                case long[] values:
                    values.CopyTo(new Span<long>(scratch, values.Length));
                    native[i].Length = values.Length;
                    break;
                case Tensor?[] tensors:
                    for (var k = 0; k < tensors.Length; k++)
                    {
                        scratch[k] = tensors[k]?.Handle ?? 0;
                    }
                    native[i].Length = tensors.Length;
                    break;
                case string text:
                    native[i].Length = Encoding.UTF8.GetBytes(
                        text, new Span<byte>(scratch, Encoding.UTF8.GetMaxByteCount(text.Length)));
                    native[i].Pointer = (nint)scratch;
                    scratch += native[i].Length / sizeof(long) + 1;
                    continue;
                default:
                    continue;
            }
            native[i].Pointer = (nint)scratch;
            scratch += native[i].Length;
        }
    }

    private static nint Find(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var handle = dot < 0 ? Native.ts_op_find(name, "") : Native.ts_op_find(name[..dot], name[(dot + 1)..]);
        return handle != 0
            ? handle
            : throw new NotSupportedException($"libtorch {torch.__version__} has no operator {name}.");
    }

    [InlineArray(16)]
    private struct ArgumentBuffer
    {
        private Argument _first;
    }

    private sealed class ByReference : IEqualityComparer<string>
    {
        internal static readonly ByReference Instance = new();

        public bool Equals(string? x, string? y) => ReferenceEquals(x, y);

        public int GetHashCode(string text) => RuntimeHelpers.GetHashCode(text);
    }
}
