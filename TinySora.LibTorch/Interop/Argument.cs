using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>The kinds of value that cross to the shim; the numbers are repeated in shim.cpp.</summary>
internal enum Kind
{
    Default, None, Tensor, Integer, Real, Boolean, Integers, Tensors, Text, Device, Generator,
}

/// <summary>A value in the shim's layout.</summary>
[StructLayout(LayoutKind.Explicit)]
internal struct NativeArgument
{
    [FieldOffset(0)] public Kind Kind;
    [FieldOffset(4)] public int Length;
    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Real;
    [FieldOffset(8)] public nint Pointer;
}

/// <summary>One argument of an operator call; everything that operators take converts to it.</summary>
internal readonly struct Argument
{
    internal readonly Kind Kind;
    internal readonly long Bits;
    internal readonly object? Reference;

    private Argument(Kind kind, long bits = 0, object? reference = null)
    {
        Kind = kind;
        Bits = bits;
        Reference = reference;
    }

    /// <summary>The schema's default value.</summary>
    internal static readonly Argument Default = new(Kind.Default);

    internal static readonly Argument None = new(Kind.None);

    public static implicit operator Argument(Tensor? value) => value is null ? None : new(Kind.Tensor, 0, value);
    public static implicit operator Argument(int value) => new(Kind.Integer, value);
    public static implicit operator Argument(long value) => new(Kind.Integer, value);
    public static implicit operator Argument(long? value) => value is { } v ? v : None;
    public static implicit operator Argument(double value) => new(Kind.Real, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Argument(bool value) => new(Kind.Boolean, value ? 1 : 0);
    public static implicit operator Argument(string value) => new(Kind.Text, 0, value);
    public static implicit operator Argument(long[]? value) => value is null ? None : new(Kind.Integers, 0, value);
    public static implicit operator Argument(Tensor?[] value) => new(Kind.Tensors, 0, value);
    public static implicit operator Argument(Scalar? value) => value?.Argument ?? None;
    public static implicit operator Argument(ScalarType? value) => value is { } type ? (int)type : None;
    public static implicit operator Argument(ScalarType value) => (int)value;
    public static implicit operator Argument(Device? value) => value is null ? None : new(Kind.Device, value.Code);
    public static implicit operator Argument(Generator? value) =>
        value is null ? None : new(Kind.Generator, 0, value);
}
