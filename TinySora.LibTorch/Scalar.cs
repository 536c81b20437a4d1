using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>A number given to an operator; converts from every numeric type, so it is rarely written out.</summary>
public sealed class Scalar : IDisposable
{
    private Scalar(Argument argument) => Argument = argument;

    internal Argument Argument { get; }
    public static implicit operator Scalar(int value) => new((long)value);
    public static implicit operator Scalar(long value) => new(value);
    public static implicit operator Scalar(float value) => new((double)value);
    public static implicit operator Scalar(double value) => new(value);
    public static implicit operator Scalar(bool value) => new(value);

    /// <summary>The value as a double, whatever it was made from.</summary>
    internal double Value =>
        Argument.Kind == Kind.Real ? BitConverter.Int64BitsToDouble(Argument.Bits) : Argument.Bits;

    /// <summary>The value as an integer, truncated.</summary>
    internal long Integer => Argument.Kind == Kind.Real ? (long)Value : Argument.Bits;

    /// <summary>Nothing native is held; here because TorchSharp's scalars are disposable.</summary>
    public void Dispose() => GC.SuppressFinalize(this);
}

public static class ScalarExtensionMethods
{
    public static float ToSingle(this Scalar value) => (float)value.Value;
    public static double ToDouble(this Scalar value) => value.Value;
    public static long ToInt64(this Scalar value) => value.Integer;
    public static bool ToBoolean(this Scalar value) => value.Value != 0;
}
