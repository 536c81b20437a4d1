using System.Collections;
using System.Management.Automation;
using System.Reflection;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Errors;

/// <summary>One entry of the catalogue, made as the program makes it, with the names of its arguments in braces for texts.</summary>
public sealed record CatalogueEntry(string Method, string Id, string Kind, object? Target, string Message, string Advice);

/// <summary>All errors that TinySora can report: what the classes named ...Errors make.</summary>
public static class Catalogue
{
    private const string ExceptionType = "TinySoraException";

    public static readonly IReadOnlyList<CatalogueEntry> Entries = [.. Assemblies().SelectMany(a => a.GetTypes())
        .Where(t => t.Name.EndsWith("Errors", StringComparison.Ordinal))
        .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(m => m.ReturnType.Name == ExceptionType && m.GetParameters().All(p => !Mentions(p.ParameterType)))
        .Select(Make)];

    /// <summary>In the load context of the module.</summary>
    public static Assembly Engine => Workspace.Cmdlets.SelectMany(c => c.OutputType).Select(t => t.Type?.Assembly).OfType<Assembly>()
        .First(a => a.GetName().Name == "TinySora.Engine");

    private static IEnumerable<Assembly> Assemblies() => [Engine, Workspace.Cmdlets[0].ImplementingType.Assembly];

    /// <summary>Whether it takes errors that others made.</summary>
    private static bool Mentions(Type type) => type.Name == ExceptionType || type.GetGenericArguments().Any(Mentions);

    private static CatalogueEntry Make(MethodInfo method)
    {
        var arguments = method.GetParameters().Select(p => Value(p.ParameterType, p.Name!)).ToArray();
        var error = (Exception)method.Invoke(null, arguments)!;
        return new CatalogueEntry($"{method.DeclaringType!.Name}.{method.Name}", Text("Id"), Text("Kind"), Get("Target"), error.Message, Text("Advice"));

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
}
