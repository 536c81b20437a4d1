using System.Reflection;
using System.Text.Json;

namespace TinySora.Engine.Configuration;

/// <summary>Spelling of property and enumeration names in files and commands.</summary>
public static class ConfigNames
{
    public static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    public static string GetName(Enum member) =>
        member.GetType().GetField(member.ToString())!.GetCustomAttribute<ConfigSpellingAttribute>()?.Text ?? Snake(member.ToString());

    /// <summary>Returns the value of a member in files: its name, or a boolean if the name is true or false.</summary>
    public static object GetValue(Enum member) => GetName(member) is var name && bool.TryParse(name, out var flag) ? flag : name;

    /// <summary>Returns the names of all members of an enumeration, in order.</summary>
    public static IReadOnlyList<string> All(Type enumeration) => [.. Enum.GetValues(enumeration).Cast<Enum>().Select(GetName)];

    /// <summary>Returns the member with the given name, ignoring case; <c>null</c> if there is none.</summary>
    public static Enum? Find(Type enumeration, string name) =>
        Enum.GetValues(enumeration).Cast<Enum>().FirstOrDefault(member => GetName(member).Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Joins names as "a, b or c".</summary>
    internal static string Choice(IReadOnlyList<string> names) => names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
}
