using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Lets a path parameter accept an object with a path: a file or another cmdlet's output, live or read back from CSV, JSON or CLIXML.
/// PowerShell itself would convert the object to text such as <c>@{Count=3}</c>, and use the text as a path.
/// </summary>
/// <param name="properties">Properties that may contain the path, in order of preference. Empty properties are skipped.</param>
public class PathOfAttribute(params string[] properties) : CellAttribute
{
    private protected override object? Transform(object? plain, object argument) => plain switch
    {
        object[] several => several.Select(item => Transform(Plain(item), item)).ToArray(),
        null or string or ValueType or Array => argument,
        FileSystemInfo file => file.FullName,
        _ => properties.Select(p => PSObject.AsPSObject(argument).Properties[p]?.Value?.ToString()).FirstOrDefault(path => path?.Length > 0)
            ?? throw NoPath(argument),
    };

    /// <summary>
    /// Creates the error for an object without a path. Because of the inner exception, PowerShell then tries the parameters that bind by property name.
    /// </summary>
    private ArgumentTransformationMetadataException NoPath(object argument)
    {
        var type = PSObject.AsPSObject(argument).TypeNames.FirstOrDefault();
        var message = $"The object of type {type} has no path. Expected one of the properties {string.Join(", ", properties)}.";
        return new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
    }
}

/// <summary>Lets a checkpoint parameter accept the output of Get-TinySoraCheckpoint, Start-TinySoraTraining or Invoke-TinySoraGenerate.</summary>
public sealed class CheckpointPathAttribute() : PathOfAttribute("Checkpoint", "Path", "FullName", "ResultsPath");
