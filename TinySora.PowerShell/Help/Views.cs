using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace TinySora.Help;

/// <summary>Generates PowerShell's format and type files for the module's objects from TinySora.views, which documents its own syntax.</summary>
internal static partial class Views
{
    /// <param name="path">Path of TinySora.views; TinySora.psm1 in the same folder contains the functions that it names.</param>
    /// <param name="folder">Output folder.</param>
    /// <exception cref="InvalidDataException">A line is invalid.</exception>
    public static void Write(string path, string folder)
    {
        var types = Read(path);
        var views = new XElement("Configuration", new XElement("ViewDefinitions", types.SelectMany(ViewsOf)));
        CopyFunctions(views, File.ReadAllText(Path.ChangeExtension(path, ".psm1")));
        Save(Path.Combine(folder, "TinySora.format.ps1xml"), views);
        Save(Path.Combine(folder, "TinySora.types.ps1xml"), new XElement("Types", types.Select(Properties)));
    }

    private static List<Shown> Read(string path)
    {
        var types = new List<Shown>();
        foreach (var (line, number) in File.ReadLines(path).Select((line, i) => (line, i + 1)))
        {
            if (TypeLine().Match(line) is { Success: true } type)
            {
                var name = type.Groups["type"].Value;
                types.Add(new Shown(name, type.Groups["name"] is { Success: true } own ? own.Value : name[(name.LastIndexOf('.') + 1)..], []));
            }
            else if (ItemLine().Match(line) is { Success: true } items && types.Count > 0)
            {
                var parts = types[^1].Parts;
                if (items.Groups["part"] is { Success: true } part)
                {
                    parts.Add(new Part(part.Value, []));
                }

                var texts = items.Groups["items"].Value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                parts[^1].Items.AddRange(texts.Select(text => ItemText().Match(text) is { Success: true } item
                    ? item.Groups : throw new InvalidDataException($"{Path.GetFileName(path)}({number}): '{text}' is not a property.")));
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                throw new InvalidDataException($"{Path.GetFileName(path)}({number}): '{line}' is neither a type nor part of one.");
            }
        }

        return types;
    }

    /// <summary>
    /// Inserts a copy of the function that a script calls before the call, because a session in Constrained Language Mode cannot call functions of a
    /// module that it imported earlier.
    /// </summary>
    private static void CopyFunctions(XElement views, string module)
    {
        var functions = FunctionText().Matches(module).ToDictionary(match => match.Groups["name"].Value, match => match.Value);
        foreach (var script in views.Descendants("ScriptBlock"))
        {
            script.Value = $"{functions[script.Value.Split(' ')[0]]}\n{script.Value}";
        }
    }

    private static IEnumerable<XElement> ViewsOf(Shown type) => type.Parts.Where(part => part.Name is "table" or "list").Select(part => new XElement(
        "View", new XElement("Name", $"TinySora.{type.Name}{(part.Name == "list" ? ".List" : "")}"),
        new XElement("ViewSelectedBy", new XElement("TypeName", type.Type)),
        part.Name == "table" ? type.Parts.Where(own => own.Name == "group").Select(Group) : null,
        part.Name == "table" ? Table(part.Items) : List(part.Items)));

    private static XElement Group(Part part) => new("GroupBy", Value(part.Items[0]), Label(part.Items[0]));

    private static XElement Table(List<GroupCollection> columns) => new(
        "TableControl",
        new XElement("TableHeaders", columns.Select(column => new XElement(
            "TableColumnHeader", Label(column), Optional("Width", column), Optional("Alignment", column)))),
        new XElement("TableRowEntries", new XElement(
            "TableRowEntry", new XElement("Wrap"),
            new XElement("TableColumnItems", columns.Select(column => new XElement("TableColumnItem", Value(column)))))));

    private static XElement List(List<GroupCollection> items) => new(
        "ListControl",
        new XElement("ListEntries", new XElement(
            "ListEntry", new XElement("ListItems", items.Select(item => new XElement("ListItem", Label(item), Value(item)))))));

    private static XElement Label(GroupCollection item) => new("Label", (item["Label"] is { Success: true } label ? label : item["property"]).Value);

    private static XElement? Optional(string name, GroupCollection item) =>
        item[name] is { Success: true, Value: var value } ? new XElement(name, char.ToUpperInvariant(value[0]) + value[1..]) : null;

    /// <summary>Returns a property, optionally with a format, or a script that passes it to a function.</summary>
    private static IEnumerable<XElement> Value(GroupCollection item)
    {
        var property = item["property"].Value;
        if (item["function"] is { Success: true } function)
        {
            var name = $"Show-{char.ToUpperInvariant(function.Value[0])}{function.Value[1..]}";
            var note = item["note"] is { Success: true } other ? $" $_.{other.Value}" : "";
            yield return new XElement("ScriptBlock", $"{name} $_.{property}{item["argument"].Value}{note}");
            yield break;
        }

        yield return new XElement("PropertyName", property);
        if (item["format"] is { Success: true } format)
        {
            yield return new XElement("FormatString", format.Value);
        }
    }

    private static XElement Properties(Shown type)
    {
        var path = type.Parts.Find(part => part.Name == "path")?.Items[0]["property"].Value;
        return new XElement(
            "Type", new XElement("Name", type.Type), new XElement(
                "Members",
                path is null ? null : new XElement(
                    "AliasProperty", new XAttribute("IsHidden", "true"), new XElement("Name", "PSPath"), new XElement("ReferencedMemberName", path)),
                new XElement("MemberSet", new XElement("Name", "PSStandardMembers"), new XElement(
                    "Members", Set("DefaultDisplayPropertySet", "shown"), Set("DefaultKeyPropertySet", "key")))));

        XElement Set(string name, string part) => new(
            "PropertySet", new XElement("Name", name), new XElement("ReferencedProperties", type.Parts.Where(own => own.Name == part)
                .SelectMany(own => own.Items).Select(item => new XElement("Name", item["property"].Value))));
    }

    private static void Save(string path, XElement root) =>
        new XDocument(new XComment(" Generated by the build from TinySora.views. "), root).Save(path);

    [GeneratedRegex(@"^(?<type>TinySora[\w.]+)(?: as (?<name>\w+))?$")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^(?:  (?<part>key|shown|path|group|table|list): |    )(?<items>\S.*)$")]
    private static partial Regex ItemLine();

    [GeneratedRegex(
        @"^(?<property>\w+)(?: as (?:""(?<Label>[^""]+)""|(?<Label>\S+)))?(?: (?<Width>\d+))?(?: (?<Alignment>left|right))?"
        + @"(?: (?:(?<format>\{.+\})|(?<function>path|time|date|state|text)(?<argument> -?\d+)?(?: (?<note>[A-Z]\w*))?))?$")]
    private static partial Regex ItemText();

    [GeneratedRegex(@"^function (?<name>Show-\w+)\(.*?^\}", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FunctionText();

    private sealed record Shown(string Type, string Name, List<Part> Parts);

    private sealed record Part(string Name, List<GroupCollection> Items);
}
