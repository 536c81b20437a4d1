using System.ComponentModel;
using System.Management.Automation;
using System.Text.Json;

namespace TinySora.Host.Commands;

/// <summary>Makes objects of JSON; the elements of an array come one by one.</summary>
[Cmdlet(VerbsData.ConvertFrom, "Json")]
[Description("Makes objects of JSON.")]
[OutputType(typeof(PSObject))]
public sealed class ConvertFromJsonCommand : PSCmdlet
{
    private readonly List<string> texts = [];

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowEmptyString]
    public string InputObject { get; set; } = "";

    protected override void ProcessRecord() => texts.Add(InputObject);

    // As in PowerShell: lines that are each a JSON text are taken one by one, others are one text.
    protected override void EndProcessing()
    {
        var isOnePerLine = texts.Count > 1 && IsJson(texts[0]);
        foreach (var text in isOnePerLine ? texts : [string.Join('\n', texts)])
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                Write(text);
            }
        }
    }

    private void Write(string text)
    {
        object? value;
        try
        {
            using var document = JsonDocument.Parse(text);
            value = Value(document.RootElement);
        }
        catch (JsonException e)
        {
            ThrowTerminatingError(new ErrorRecord(
                new ArgumentException($"This is no JSON: {e.Message}", e), "JsonBroken", ErrorCategory.InvalidData, text));
            return;
        }

        WriteObject(value, enumerateCollection: true);
    }

    private static bool IsJson(string text)
    {
        try
        {
            JsonDocument.Parse(text).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static object? Value(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                PSObject made = new();
                foreach (var property in element.EnumerateObject())
                {
                    made.Properties.Remove(property.Name);
                    made.Properties.Add(new PSNoteProperty(property.Name, Value(property.Value)), preValidated: true);
                }

                return made;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select(Value).ToArray();
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Number:
                return element.TryGetInt64(out var whole) ? (object)whole : element.GetDouble();
            default:
                return element.ValueKind == JsonValueKind.Null ? null : element.ValueKind == JsonValueKind.True;
        }
    }
}
