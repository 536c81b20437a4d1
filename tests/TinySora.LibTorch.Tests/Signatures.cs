using System.Reflection;

namespace TinySora.LibTorch.Tests;

/// <summary>The public methods and properties of TorchSharp's assembly, or of ours, as comparable lines of text.</summary>
internal static class Signatures
{
    private const BindingFlags Public =
        BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>Lines such as <c>torch+Tensor.add(torch+Tensor target, Scalar alpha)</c>; an optional parameter ends in =.</summary>
    internal static IEnumerable<string> Of(Assembly assembly) =>
        from type in assembly.GetExportedTypes()
        where !type.IsEnum && type.Namespace!.StartsWith("TorchSharp", StringComparison.Ordinal)
        from member in type.GetMembers(Public)
        let line = Line(type, member)
        where line is not null
        select line;

    /// <summary>Whether a call written for <paramref name="ours"/> compiles against <paramref name="theirs"/>.</summary>
    internal static bool Accepts(string theirs, string ours)
    {
        var (theirName, theirParameters) = Split(theirs);
        var (ourName, ourParameters) = Split(ours);
        return theirName == ourName
            && theirParameters.Length >= ourParameters.Length
            && ourParameters.Zip(theirParameters).All(pair => pair.First.TrimEnd('=') == pair.Second.TrimEnd('=')
                && (!pair.First.EndsWith('=') || pair.Second.EndsWith('=')))
            && theirParameters.Skip(ourParameters.Length).All(parameter => parameter.EndsWith('='));
    }

    private static string? Line(Type type, MemberInfo member) => member switch
    {
        MethodInfo method when Object(method) || Overrides(method) || method.Name.StartsWith("get_", StringComparison.Ordinal)
            || method.Name.StartsWith("set_", StringComparison.Ordinal) && method.IsSpecialName => null,
        MethodInfo method => $"{Name(type)}.{method.Name}({Parameters(method)})",
        PropertyInfo property when property.GetIndexParameters().Length == 0 && !Overrides(property.GetMethod) => $"{Name(type)}.{property.Name}",
        FieldInfo field => $"{Name(type)}.{field.Name}",
        _ => null,
    };

    // What overrides is compared where it is declared first.
    private static bool Overrides(MethodInfo? method) => method is not null && method.GetBaseDefinition() != method;

    // ToString, Equals and their kind belong to every object.
    private static bool Object(MethodInfo method) =>
        method.Name is "ToString" or "Dispose" or "Equals" or "GetHashCode" or "GetEnumerator" or "Finalize";

    // Nobody can name an operator's parameters, so they are left out.
    private static string Parameters(MethodInfo method) => string.Join(
        ", ", method.GetParameters().Select(p => method.IsSpecialName
            ? Name(p.ParameterType)
            : $"{Name(p.ParameterType)} {p.Name}{(p.IsOptional ? "=" : "")}"));

    private static string Name(Type type)
    {
        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying) + "?";
        }
        if (type.IsGenericParameter)
        {
            return type.Name;
        }
        var name = (type.FullName ?? $"{type.Namespace}.{type.Name}").Split('[')[0].Split('`')[0];
        name = name.Replace("TorchSharp.Modules.", "", StringComparison.Ordinal)
            .Replace("TorchSharp.", "", StringComparison.Ordinal).Replace("System.", "", StringComparison.Ordinal);
        return type.IsGenericType ? $"{name}<{string.Join("; ", type.GetGenericArguments().Select(Name))}>" : name;
    }

    private static (string Name, string[] Parameters) Split(string line)
    {
        var parts = line.TrimEnd(')').Split('(', 2);
        return (parts[0], parts.Length == 1 || parts[1].Length == 0 ? [] : parts[1].Split(", "));
    }
}
