using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace TinySora.Commands;

[Cmdlet(VerbsData.ConvertFrom, "Json")]
public sealed class ConvertFromJsonCommand : PSCmdlet
{
    private readonly List<string> texts = [];

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowEmptyString]
    public string InputObject { get; set; } = "";

    [Parameter]
    public SwitchParameter AsHashtable { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Depth { get; set; } = 1024;

    [Parameter]
    public SwitchParameter NoEnumerate { get; set; }

    protected override void ProcessRecord() => texts.Add(InputObject);

    protected override void EndProcessing()
    {
        // Lines that are texts of their own, or the lines of one.
        var areMany = texts.Count > 1 && texts.Find(t => !string.IsNullOrWhiteSpace(t)) is { } first && TryRead(first, out _, out _);
        foreach (var text in (areMany ? texts : [string.Join('\n', texts)]).Where(t => !string.IsNullOrWhiteSpace(t)))
        {
            if (!TryRead(text, out var token, out var problem))
            {
                ThrowTerminatingError(new ErrorRecord(
                    new ArgumentException($"Conversion from JSON failed with error: {problem}"),
                    "System.ArgumentException", ErrorCategory.NotSpecified, null));
            }

            WriteObject(ValueOf(token), enumerateCollection: !NoEnumerate);
        }
    }

    private bool TryRead(string text, out JToken? token, out string? problem)
    {
        try
        {
            token = JsonConvert.DeserializeObject<JToken>(
                text,
                new JsonSerializerSettings
                {
                    TypeNameHandling = TypeNameHandling.None,
                    MaxDepth = Depth,
                    MetadataPropertyHandling = MetadataPropertyHandling.Ignore,
                });
            problem = null;
            return true;
        }
        catch (JsonException e)
        {
            (token, problem) = (null, e.Message);
            return false;
        }
    }

    private object? ValueOf(JToken? token) => token switch
    {
        JArray array => array.Select(ValueOf).ToArray(),
        JObject table when AsHashtable => Table(table),
        JObject table => Record(table),
        JValue value => value.Value,
        _ => null,
    };

    private OrderedHashtable Table(JObject members)
    {
        OrderedHashtable table = [];
        foreach (var member in members.Properties())
        {
            table[member.Name] = ValueOf(member.Value);
        }

        return table;
    }

    private PSObject Record(JObject members)
    {
        PSObject record = new();
        foreach (var member in members.Properties())
        {
            if (member.Name.Length == 0 || record.Properties[member.Name] is not null)
            {
                ThrowTerminatingError(new ErrorRecord(
                    new InvalidOperationException(
                        $"The JSON has the key '{member.Name}' empty or twice but for upper and lower case. Use -AsHashTable instead."),
                    "DuplicateKeysInJsonString", ErrorCategory.InvalidOperation, null));
            }

            record.Properties.Add(new PSNoteProperty(member.Name, ValueOf(member.Value)), preValidated: true);
        }

        return record;
    }
}
