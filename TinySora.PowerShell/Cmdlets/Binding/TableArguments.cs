using System.Collections;
using System.Management.Automation;
using System.Reflection;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Checks command-line arguments of parameters that can also be table columns. An empty cell means that the parameter is not specified. On the command line,
/// however, an empty argument is an error, because it usually comes from an unset variable.
/// </summary>
internal static class TableArguments
{
    /// <summary>Ends the pipeline with an error if an argument is empty. Must be called before the first row is bound.</summary>
    /// <param name="except">Parameters for which an empty argument has a meaning or causes a different error.</param>
    public static void ThrowIfEmpty(PSCmdlet cmdlet, params ReadOnlySpan<string> except)
    {
        foreach (var (name, value) in cmdlet.MyInvocation.BoundParameters)
        {
            if (!except.Contains(name) && cmdlet.GetType().GetProperty(name) is PropertyInfo parameter && IsEmpty(parameter, value))
            {
                cmdlet.ThrowTerminatingError(ErrorRecords.EmptyArgument(name));
            }
        }
    }

    private static bool IsEmpty(PropertyInfo parameter, object? value) => value switch
    {
        string text => string.IsNullOrWhiteSpace(text),
        string[] texts => texts.Any(string.IsNullOrWhiteSpace),
        IDictionary table => table == SettingCellAttribute.EmptyCell,
        null => (parameter.PropertyType.GetElementType() ?? parameter.PropertyType) == typeof(string)
            || parameter.GetCustomAttributes<ArgumentTransformationAttribute>()
                .Any(cell => cell is NumberCellAttribute or NumberListAttribute or EmptyIsNullAttribute or SettingCellAttribute),
        _ => false,
    };
}
