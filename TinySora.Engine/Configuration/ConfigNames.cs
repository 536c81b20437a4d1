using System.Reflection;
using System.Text.Json;

namespace TinySora.Engine.Configuration;

/// <summary>Names of properties and enumerations as files and commands spell them.</summary>
public static class ConfigNames
{
    public static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    public static string Of(Enum member) =>
        member.GetType().GetField(member.ToString())!.GetCustomAttribute<SpelledAttribute>()?.Text ?? Snake(member.ToString());

    /// <summary>All members of an enumeration, in their order.</summary>
    public static IReadOnlyList<string> All(Type enumeration) => [.. Enum.GetValues(enumeration).Cast<Enum>().Select(Of)];

    /// <summary>The member of a name, in any case; null: none has it.</summary>
    public static Enum? Find(Type enumeration, string name) =>
        Enum.GetValues(enumeration).Cast<Enum>().FirstOrDefault(member => Of(member).Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>"a, b or c".</summary>
    internal static string Choice(IReadOnlyList<string> names) => names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
}
