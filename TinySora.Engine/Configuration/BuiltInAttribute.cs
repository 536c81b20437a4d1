using System.Collections.Immutable;
using System.Reflection;

namespace TinySora.Engine.Configuration;

/// <summary>Lists the types of this assembly that extend it, model families and configuration dialects, in order.</summary>
/// <remarks>An assembly attribute, so that lower layers can list types defined in higher layers.</remarks>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class BuiltInAttribute(params Type[] types) : Attribute
{
    /// <summary>Creates one instance of each listed type that is a <typeparamref name="T"/>, in order.</summary>
    public static ImmutableArray<T> Create<T>() =>
        [.. typeof(BuiltInAttribute).Assembly.GetCustomAttribute<BuiltInAttribute>()!.Types.Select(Activator.CreateInstance).OfType<T>()];

    private Type[] Types => types;
}
