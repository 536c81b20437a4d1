using System.Collections;
using System.Collections.Specialized;
using System.Numerics;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace TinySora.Commands;

[Cmdlet(VerbsData.ConvertTo, "Json")]
[OutputType(typeof(string))]
public sealed class ConvertToJsonCommand : PSCmdlet
{
    private readonly List<object?> objects = [];
    private bool isTruncated;

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    public object? InputObject { get; set; }

    [Parameter]
    [ValidateRange(0, 100)]
    public int Depth { get; set; } = 2;

    [Parameter]
    public SwitchParameter Compress { get; set; }

    [Parameter]
    public SwitchParameter EnumsAsStrings { get; set; }

    [Parameter]
    public SwitchParameter AsArray { get; set; }

    [Parameter]
    public StringEscapeHandling EscapeHandling { get; set; } = StringEscapeHandling.Default;

    protected override void ProcessRecord() => objects.Add(InputObject);

    protected override void EndProcessing()
    {
        if (objects.Count == 0)
        {
            return;
        }

        var whole = objects.Count > 1 || AsArray ? objects : objects[0];
        JsonSerializerSettings settings = new()
        {
            TypeNameHandling = TypeNameHandling.None,
            MaxDepth = 1024,
            StringEscapeHandling = EscapeHandling,
            Formatting = Compress ? Formatting.None : Formatting.Indented,
            Converters = EnumsAsStrings ? [new StringEnumConverter()] : [],
        };
        var text = JsonConvert.SerializeObject(Plain(whole, 0), settings);
        if (isTruncated)
        {
            WriteWarning($"Resulting JSON is truncated as serialization has exceeded the set depth of {Depth}.");
        }

        WriteObject(text);
    }

    /// <summary>A value as texts, numbers, lists and tables, to the depth that was asked for.</summary>
    private object? Plain(object? value, int level)
    {
        var plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        switch (plain)
        {
            case null or DBNull:
                return null;
            case string or char or bool or DateTime or DateTimeOffset or Guid or Uri or double or float or decimal or BigInteger or Enum:
                return plain;
            case not null when plain.GetType().IsPrimitive:
                return plain;
            case SwitchParameter flag:
                return flag.IsPresent;
            case not null when level > Depth:
                isTruncated = true;
                return LanguagePrimitives.ConvertTo<string>(value);
            case IDictionary table:
                return Table(table.Keys.Cast<object>().Select(key => (LanguagePrimitives.ConvertTo<string>(key), table[key])), level);
            case IEnumerable elements:
                return elements.Cast<object?>().Select(element => Plain(element, level + 1)).ToList();
            default:
                return Table(PSObject.AsPSObject(value!).Properties.Select(p => (p.Name, ValueOf(p))), level);
        }
    }

    private OrderedDictionary Table(IEnumerable<(string Name, object? Value)> members, int level)
    {
        OrderedDictionary table = [];
        foreach (var (name, value) in members)
        {
            table[name] = Plain(value, level + 1);
        }

        return table;
    }

    private static object? ValueOf(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException)
        {
            return null;
        }
    }
}
