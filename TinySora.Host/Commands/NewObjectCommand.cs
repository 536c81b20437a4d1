using System.Collections;

namespace TinySora.Commands;

[Cmdlet(VerbsCommon.New, "Object")]
public sealed class NewObjectCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string TypeName { get; set; } = "";

    [Parameter(Position = 1)]
    [Alias("Args")]
    public object?[] ArgumentList { get; set; } = [];

    [Parameter]
    public IDictionary? Property { get; set; }

    protected override void BeginProcessing()
    {
        if (!LanguagePrimitives.TryConvertTo<Type>(TypeName, out var type))
        {
            ThrowTerminatingError(new ErrorRecord(
                new PSArgumentException($"Cannot find type [{TypeName}]: verify that the assembly containing this type is loaded."),
                "TypeNotFound,Microsoft.PowerShell.Commands.NewObjectCommand", ErrorCategory.InvalidType, null));
        }

        // By the language, which chooses the constructor, converts and keeps to its mode.
        var made = PSObject.AsPSObject(
            ((Hashtable)InvokeCommand.InvokeScript("param($type, $values) @{ Made = $type::new.Invoke($values) }", type, ArgumentList)[0].BaseObject)["Made"]!);
        foreach (DictionaryEntry entry in Property ?? new Hashtable())
        {
            var name = LanguagePrimitives.ConvertTo<string>(entry.Key);
            if (made.Properties[name] is { } property)
            {
                property.Value = entry.Value;
            }
            else if (made.BaseObject is PSCustomObject)
            {
                made.Properties.Add(new PSNoteProperty(name, entry.Value));
            }
            else
            {
                WriteError(new ErrorRecord(
                    new InvalidOperationException($"The member \"{name}\" was not found for the specified {type} object."),
                    "InvalidOperationException", ErrorCategory.InvalidOperation, null));
            }
        }

        WriteObject(made);
    }
}
