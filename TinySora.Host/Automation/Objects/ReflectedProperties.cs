using System.Collections.Concurrent;
using System.Reflection;

namespace System.Management.Automation;

/// <summary>The public properties of a type in the order of declaration, found once.</summary>
internal static class ReflectedProperties
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Known = new();

    public static PropertyInfo[] Of(Type type) => Known.GetOrAdd(type, static t =>
        [.. t.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.GetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0)
            .DistinctBy(p => p.Name)]);
}
