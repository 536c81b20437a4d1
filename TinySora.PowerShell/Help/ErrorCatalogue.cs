using System.Collections;
using System.Management.Automation;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace TinySora.Help;

/// <summary>An error, as its factory method creates it if each text argument is the parameter's name in braces, and each number is 2.</summary>
public sealed record ErrorEntry(string Method, string Id, string Kind, object? Target, string Message, string Advice);

/// <summary>Lists all errors that TinySora can report: the results of the static methods of classes named ...Errors.</summary>
public static partial class ErrorCatalogue
{
    private const string ExceptionType = "TinySoraException";

    public static IReadOnlyList<ErrorEntry> Entries(params IEnumerable<Assembly> assemblies) =>
    [
        .. assemblies.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.Name.EndsWith("Errors", StringComparison.Ordinal))
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.ReturnType.Name == ExceptionType && method.GetParameters().All(p => !Mentions(p.ParameterType)))
            .Select(Make),
    ];

    /// <summary>Formats the entries as the page of the about_ topic, by area and ID.</summary>
    public static string Page(IEnumerable<ErrorEntry> entries)
    {
        var page = new StringBuilder("""
            # Errors

            Lists every error that TinySora reports, with its id, category, message and advice.

            `Get-Error` shows this information for the last error. In a script, `$Error[0].FullyQualifiedErrorId` starts with the id,
            `$Error[0].CategoryInfo.Category` is the category, `$Error[0].TargetObject` is the value or file that caused the error, and
            `$Error[0].ErrorDetails.RecommendedAction` is the advice. Below, braces mark the variable parts of a message, and 2 stands for any number.

            """);
        foreach (var area in entries.GroupBy(entry => entry.Id.Split('.')[1]).OrderBy(area => area.Key, StringComparer.Ordinal))
        {
            page.Append($"\n## {area.Key}\n");
            foreach (var error in area.DistinctBy(entry => entry.Id).OrderBy(entry => entry.Id, StringComparer.Ordinal))
            {
                var advice = InstallCommand().Replace(error.Advice, "Install it: {command}");
                page.Append($"\n### {error.Id} ({error.Kind})\n\n{Line(error.Message)}\n\n- {Line(advice)}\n");
            }
        }

        return page.ToString();
    }

    private static string Line(string text) => Space().Replace(text, " ");

    /// <summary>Returns whether a parameter is an error that the method wraps.</summary>
    private static bool Mentions(Type type) => type.Name == ExceptionType || type.GetGenericArguments().Any(Mentions);

    private static ErrorEntry Make(MethodInfo method)
    {
        var arguments = method.GetParameters().Select(p => Value(p.ParameterType, p.Name!)).ToArray();
        var error = (Exception)method.Invoke(null, arguments)!;
        return new ErrorEntry($"{method.DeclaringType!.Name}.{method.Name}", Text("Id"), Text("Kind"), Get("Target"), error.Message, Text("Advice"));

        object? Get(string property) => error.GetType().GetProperty(property)!.GetValue(error);
        string Text(string property) => Get(property)?.ToString() ?? "";
    }

    private static object Value(Type type, string name)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string) || type == typeof(object))
        {
            return $"{{{name}}}";
        }

        if (type.IsPrimitive)
        {
            return Convert.ChangeType(2, type, null);
        }

        if (type == typeof(Exception))
        {
            return new IOException("{reason}.");
        }

        if (type == typeof(PSObject))
        {
            var row = new PSObject();
            row.Properties.Add(new PSNoteProperty("{column}", 1));
            return row;
        }

        if (type.IsAssignableTo(typeof(IEnumerable)))
        {
            var element = type.GetGenericArguments()[0];
            var array = Array.CreateInstance(element, 1);
            array.SetValue(Value(element, name), 0);
            return array;
        }

        return type.GetConstructors()[0] is var constructor
            ? constructor.Invoke([.. constructor.GetParameters().Select(p => Value(p.ParameterType, p.Name!.ToLowerInvariant()))])
            : throw new NotSupportedException(type.FullName);
    }

    /// <summary>Matches advice that depends on the operating system. The help must not depend on it, because one package serves all systems.</summary>
    [GeneratedRegex("Install it: .*")]
    private static partial Regex InstallCommand();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
