using System.Collections.Immutable;
using System.Reflection;

namespace TinySora.Engine.Configuration;

/// <summary>Lists the extension types in this assembly (model families and configuration dialects), in order.</summary>
/// <remarks>This is an assembly attribute so that lower layers can use types that are defined in higher layers.</remarks>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class BuiltInAttribute(params Type[] types) : Attribute
{
    /// <summary>Creates an instance of each listed type that derives from <typeparamref name="T"/>, in order.</summary>
    public static ImmutableArray<T> Create<T>() =>
        [.. typeof(BuiltInAttribute).Assembly.GetCustomAttribute<BuiltInAttribute>()!.Types.Select(Activator.CreateInstance).OfType<T>()];

    private Type[] Types => types;
}
