using System.Collections.Immutable;
using System.Reflection;

namespace TinySora.Engine.Configuration;

/// <summary>The types of this assembly that extend it: model families and dialects of configurations, in the order of their lists.</summary>
/// <remarks>An attribute of the assembly, so that lower floors can list what upper floors define.</remarks>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class BuiltInAttribute(params Type[] types) : Attribute
{
    /// <summary>Creates one object of each type that is a <typeparamref name="T"/>, in order.</summary>
    public static ImmutableArray<T> Create<T>() =>
        [.. typeof(BuiltInAttribute).Assembly.GetCustomAttribute<BuiltInAttribute>()!.Types.Select(Activator.CreateInstance).OfType<T>()];

    private Type[] Types => types;
}
