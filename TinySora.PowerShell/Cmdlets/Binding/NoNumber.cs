using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>A value that a number parameter cannot take: PowerShell's conversions fail with the advice, in place of what .NET says of the text.</summary>
public sealed class NoNumber
{
    private readonly string text;
    private readonly string advice;

    internal NoNumber(string text, string advice) => (this.text, this.advice) = (text, advice);

    /// <inheritdoc/>
    public override string ToString() => text;

    public static explicit operator int(NoNumber value) => value.ToInt32();

    public static explicit operator long(NoNumber value) => value.ToInt64();

    public static explicit operator double(NoNumber value) => value.ToDouble();

    public static explicit operator float(NoNumber value) => value.ToSingle();

    /// <exception cref="PSInvalidCastException">Always; likewise of the other conversions.</exception>
    public int ToInt32() => throw new PSInvalidCastException(advice);

    /// <inheritdoc cref="ToInt32"/>
    public long ToInt64() => throw new PSInvalidCastException(advice);

    /// <inheritdoc cref="ToInt32"/>
    public float ToSingle() => throw new PSInvalidCastException(advice);

    /// <inheritdoc cref="ToInt32"/>
    public double ToDouble() => throw new PSInvalidCastException(advice);
}
