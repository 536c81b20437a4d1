using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Lets a parameter for a path take an object that has one: the output of another cmdlet, live or read back from CSV, JSON or Clixml, or a file.
/// PowerShell itself would convert any other object to text such as <c>@{Count=3}</c> and take that for a path.
/// </summary>
/// <param name="properties">Properties that may hold the path, the first choice first. An empty one is passed over.</param>
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

    /// <summary>The error of an object without a path. With an invalid cast inside, PowerShell tries parameters that take a property of an object.</summary>
    private ArgumentTransformationMetadataException NoPath(object argument)
    {
        var type = PSObject.AsPSObject(argument).TypeNames.FirstOrDefault();
        var message = $"An object of the type {type} has no path: it has none of the properties {string.Join(", ", properties)}.";
        return new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
    }
}

/// <summary>Lets a parameter for a checkpoint take what Get-TinySoraCheckpoint, Start-TinySoraTraining or Invoke-TinySoraGenerate returned.</summary>
public sealed class CheckpointPathAttribute() : PathOfAttribute("Checkpoint", "Path", "FullName", "ResultsPath");
