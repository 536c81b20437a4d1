using System.Management.Automation;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace TinySora.Host.Output;

/// <summary>How objects of certain types are shown.</summary>
/// <param name="IsTable">A table, else a list.</param>
internal sealed record FormatView(string Name, bool IsTable, IReadOnlyList<FormatField> Fields);

/// <summary>One column of a table or line of a list.</summary>
/// <param name="Label">Heading.</param>
/// <param name="Property">Whose value is shown.</param>
/// <param name="Width">Characters; 0: as wide as the contents.</param>
/// <param name="Format">A composite format such as <c>{0:N2}</c>; null: plain.</param>
/// <param name="Shown">What the text is.</param>
internal sealed record FormatField(
    string Label, string Property, int Width = 0, Alignment Alignment = Alignment.Undefined, string? Format = null, ShownAs Shown = ShownAs.Text);

/// <summary>The views of PowerShell's format files, as far as they show properties.</summary>
internal sealed partial class FormatViews
{
    private readonly List<(string Type, FormatView View)> all = [];

    /// <summary>Reads format files, and the host's own views.</summary>
    /// <exception cref="InvalidDataException">A view needs a script block.</exception>
    public static FormatViews Load(IEnumerable<string> paths)
    {
        FormatViews views = new();
        foreach (var path in paths)
        {
            views.Add(XDocument.Load(path), path);
        }

        using var own = typeof(FormatViews).Assembly.GetManifestResourceStream("TinySora.Host.format.ps1xml")!;
        views.Add(XDocument.Load(own), "TinySora.Host.format.ps1xml");
        return views;
    }

    /// <summary>The first view for any of an object's type names, the most specific first.</summary>
    /// <param name="isTable">Only tables, or only lists; null: as in PowerShell the first view of a type is its default.</param>
    public FormatView? For(PSObject value, bool? isTable = null) => value.TypeNames
        .SelectMany(name => all.Where(v => v.Type.Equals(name, StringComparison.OrdinalIgnoreCase)))
        .Select(v => v.View).FirstOrDefault(view => isTable is null || view.IsTable == isTable);

    private void Add(XDocument file, string path)
    {
        foreach (var view in file.Descendants("View"))
        {
            var name = view.Element("Name")?.Value.Trim() ?? "";
            IReadOnlyList<FormatField>? fields =
                view.Element("TableControl") is XElement table ? [.. TableFields(table, name, path)]
                : view.Element("ListControl") is XElement list
                    ? [.. list.Descendants("ListItem").Select(i => Field(i, null, name, path))]
                : null;
            if (fields is null)
            {
                continue;
            }

            foreach (var type in view.Element("ViewSelectedBy")?.Elements("TypeName") ?? [])
            {
                all.Add((type.Value.Trim(), new FormatView(name, view.Element("TableControl") is not null, fields)));
            }
        }
    }

    private static IEnumerable<FormatField> TableFields(XElement table, string view, string path)
    {
        XElement[] headers = [.. table.Descendants("TableColumnHeader")];
        XElement[] items = [.. table.Descendants("TableRowEntry").First().Descendants("TableColumnItem")];
        return items.Select((item, i) => Field(item, i < headers.Length ? headers[i] : null, view, path));
    }

    private static FormatField Field(XElement item, XElement? header, string view, string path)
    {
        // The one form of a script block that TinySora's views have.
        var script = ShownBy().Match(item.Element("ScriptBlock")?.Value ?? "");
        var property = script.Success ? script.Groups["property"].Value : item.Element("PropertyName")?.Value.Trim() ?? throw new InvalidDataException(
            $"View '{view}' in {path} shows something other than a property; script blocks need PowerShell.");
        var label = (header?.Element("Label") ?? item.Element("Label"))?.Value.Trim() is { Length: > 0 } given ? given : property;
        var alignment = (item.Element("Alignment") ?? header?.Element("Alignment"))?.Value.Trim();
        return new FormatField(label, property,
            int.TryParse(header?.Element("Width")?.Value, out var width) ? width : 0,
            Enum.TryParse(alignment, ignoreCase: true, out Alignment side) ? side : Alignment.Undefined,
            item.Element("FormatString")?.Value,
            script.Success ? Enum.Parse<ShownAs>(script.Groups["as"].Value) : ShownAs.Text);
    }

    [GeneratedRegex(
        @"^\$m = Get-Module \w+ \| Select-Object -First 1; "
        + @"if \(\$m\) \{ & \$m Show-(?<as>Path|State) \$_\.(?<property>\w+) \} else \{ \$_\.\k<property> \}$")]
    private static partial Regex ShownBy();
}
