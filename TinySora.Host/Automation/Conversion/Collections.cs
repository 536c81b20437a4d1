using System.Collections;
using System.Reflection;

namespace System.Management.Automation;

/// <summary>Collections from collections, and from single values.</summary>
internal static class Collections
{
    /// <summary>Null when the type is no collection that can be built.</summary>
    public static object? Convert(object value, Type type)
    {
        if (ElementType(type) is not Type elementType)
        {
            return null;
        }

        object?[] items = LanguagePrimitives.GetEnumerable(value) is IEnumerable sequence ? [.. sequence.Cast<object?>()] : [value];
        var array = Array.CreateInstance(elementType, items.Length);
        for (var i = 0; i < items.Length; i++)
        {
            array.SetValue(Conversion.Convert(items[i], elementType), i);
        }

        if (type.IsAssignableFrom(array.GetType()))
        {
            return array;
        }

        var constructor = type.GetConstructor([typeof(IEnumerable<>).MakeGenericType(elementType)])
            ?? type.GetConstructor([typeof(IList<>).MakeGenericType(elementType)]);
        return constructor?.Invoke([array]);
    }

    /// <summary>Null when the type is no collection: a text and a dictionary are none.</summary>
    public static Type? ElementType(Type type)
    {
        if (type.IsArray)
        {
            return type.GetElementType();
        }

        if (type == typeof(string) || typeof(IDictionary).IsAssignableFrom(type) || !typeof(IEnumerable).IsAssignableFrom(type))
        {
            return null;
        }

        return type.IsGenericType && type.GetGenericArguments() is [Type only] ? only
            : type.IsGenericType || type == typeof(PSObject) ? null
            : typeof(object);
    }
}
