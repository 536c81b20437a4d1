using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TinySora.Host.Commands;

/// <summary>Any object as JSON, to a depth.</summary>
internal sealed class JsonText(int depth, bool indented, bool enumNames)
{
    public string Of(object? value)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions
        {
            Indented = indented,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            MaxDepth = 1000,
        }))
        {
            // An array of the pipeline's objects is no level of theirs.
            Write(writer, value, value is List<object?> ? -1 : 0);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private void Write(Utf8JsonWriter writer, object? value, int level)
    {
        var plain = PSObject.Base(value);
        switch (plain)
        {
            case null:
                writer.WriteNullValue();
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case SwitchParameter flag:
                writer.WriteBooleanValue(flag);
                break;
            case Enum name when enumNames:
                writer.WriteStringValue(name.ToString());
                break;
            case Enum number:
                writer.WriteRawValue(Convert.ToInt64(number, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture));
                break;
            case double or float when !double.IsFinite(Convert.ToDouble(plain, CultureInfo.InvariantCulture)):
                writer.WriteStringValue(LanguagePrimitives.TextOf(plain));
                break;
            case not null when Numbers.IsNumber(plain):
                writer.WriteRawValue(LanguagePrimitives.TextOf(plain));
                break;
            case DateTime time:
                writer.WriteStringValue(time);
                break;
            case string or char or Guid or Uri or Version or DateTimeOffset or TimeSpan or FileSystemInfo:
                writer.WriteStringValue(LanguagePrimitives.TextOf(plain));
                break;
            case not null when level > depth:
                writer.WriteStringValue(LanguagePrimitives.TextOf(plain));
                break;
            case IDictionary table:
                WriteObject(writer, table.Keys.Cast<object>().Select(k => (LanguagePrimitives.TextOf(k), table[k])), level);
                break;
            case not null when LanguagePrimitives.GetEnumerable(plain) is IEnumerable elements:
                WriteArray(writer, elements, level);
                break;
            default:
                WriteObject(writer, PSObject.AsPSObject(value!).Properties.Select(p => (p.Name, p.Value)), level);
                break;
        }
    }

    private void WriteObject(Utf8JsonWriter writer, IEnumerable<(string Name, object? Value)> members, int level)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in members)
        {
            writer.WritePropertyName(name);
            Write(writer, value, level + 1);
        }

        writer.WriteEndObject();
    }

    private void WriteArray(Utf8JsonWriter writer, IEnumerable elements, int level)
    {
        writer.WriteStartArray();
        foreach (var element in elements)
        {
            Write(writer, element, level + 1);
        }

        writer.WriteEndArray();
    }
}
