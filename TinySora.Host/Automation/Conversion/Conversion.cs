using System.Collections;
using System.Globalization;
using System.Reflection;

namespace System.Management.Automation;

/// <summary>Any value to any type, by the rules that a user of PowerShell expects.</summary>
internal static class Conversion
{
    public static object? Convert(object? value, Type type)
    {
        if (type == typeof(object))
        {
            return value;
        }

        if (type == typeof(PSObject))
        {
            return value is null ? null : PSObject.AsPSObject(value);
        }

        var plain = PSObject.Base(value);
        if (plain is null)
        {
            return FromNull(type);
        }

        if (type.IsInstanceOfType(plain))
        {
            return plain;
        }

        try
        {
            return FromValue(plain, Nullable.GetUnderlyingType(type) ?? type);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or TargetInvocationException)
        {
            var reason = (e as TargetInvocationException)?.InnerException?.Message ?? e.Message;
            throw new PSInvalidCastException(
                $"Cannot convert value \"{LanguagePrimitives.TextOf(plain)}\" to type \"{type}\". Error: \"{reason}\"", e);
        }
    }

    private static object? FromNull(Type type) =>
        type == typeof(string) ? ""
        : type.IsValueType && Nullable.GetUnderlyingType(type) is null ? Activator.CreateInstance(type)
        : null;

    private static object FromValue(object value, Type type)
    {
        if (type.IsInstanceOfType(value))
        {
            return value;
        }

        if (type == typeof(string))
        {
            return LanguagePrimitives.TextOf(value);
        }

        if (type == typeof(bool))
        {
            return LanguagePrimitives.IsTrue(value);
        }

        if (type == typeof(SwitchParameter))
        {
            return new SwitchParameter(LanguagePrimitives.IsTrue(value));
        }

        if (type.IsEnum)
        {
            return EnumValues.Convert(value, type);
        }

        if (Numbers.IsNumeric(type))
        {
            return value is string text ? Numbers.Parse(text, type)
                : value is SwitchParameter flag ? System.Convert.ChangeType(flag.IsPresent, type, CultureInfo.InvariantCulture)
                : value is IConvertible ? System.Convert.ChangeType(value, type, CultureInfo.InvariantCulture)
                : ByOperator(value, type) ?? throw NoConversion(value, type);
        }

        return Collections.Convert(value, type)
            ?? FromTextOrNumber(value, type)
            ?? ByOperator(value, type)
            ?? ByConstructor(value, type)
            ?? throw NoConversion(value, type);
    }

    private static object? FromTextOrNumber(object value, Type type)
    {
        if (value is not string text)
        {
            // As in PowerShell a plain number is a count of 100 ns.
            return type == typeof(TimeSpan) && Numbers.IsNumber(value)
                ? TimeSpan.FromTicks(System.Convert.ToInt64(value, CultureInfo.InvariantCulture))
                : null;
        }

        if (type == typeof(char))
        {
            return text.Length == 1 ? text[0] : throw new FormatException("String must be exactly one character long.");
        }

        if (type == typeof(Uri))
        {
            return new Uri(text, UriKind.RelativeOrAbsolute);
        }

        const BindingFlags found = BindingFlags.Public | BindingFlags.Static;
        var parse = type.GetMethod("Parse", found, [typeof(string), typeof(IFormatProvider)]);
        if (parse is not null)
        {
            return parse.Invoke(null, [text, CultureInfo.InvariantCulture]);
        }

        return type.GetMethod("Parse", found, [typeof(string)])?.Invoke(null, [text]);
    }

    private static object? ByOperator(object value, Type type) =>
        value.GetType().GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Concat(type.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .FirstOrDefault(m => m.Name is "op_Implicit" or "op_Explicit" && m.ReturnType == type
                && m.GetParameters()[0].ParameterType.IsInstanceOfType(value))?.Invoke(null, [value]);

    private static object? ByConstructor(object value, Type type) =>
        type.IsAbstract || type == typeof(object) ? null
        : type.GetConstructors().FirstOrDefault(c => c.GetParameters() is [ParameterInfo only]
            && only.ParameterType.IsInstanceOfType(value))?.Invoke([value]);

    private static PSInvalidCastException NoConversion(object value, Type type) =>
        new($"Cannot convert the \"{LanguagePrimitives.TextOf(value)}\" value of type \"{value.GetType()}\" to type \"{type}\".");
}
