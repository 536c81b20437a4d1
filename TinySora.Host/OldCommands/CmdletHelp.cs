using System.ComponentModel;
using System.Management.Automation;
using System.Reflection;
using System.Xml.Linq;
using TinySora.Host.Binding;

namespace TinySora.Host.Commands;

/// <summary>Help of one command: from the module's MAML file where it has one, else from its class alone.</summary>
internal sealed class CmdletHelp
{
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    private readonly CmdletDefinition cmdlet;
    private readonly XElement? maml;

    private CmdletHelp(CmdletDefinition cmdlet, XElement? maml) => (this.cmdlet, this.maml) = (cmdlet, maml);

    /// <summary>One line; empty when there is no help file.</summary>
    public string Synopsis => cmdlet.Type.GetCustomAttribute<DescriptionAttribute>()?.Description
        ?? Text(maml?.Element(Command + "details")?.Element(Maml + "description"));

    /// <summary>The address of its page; null: it has none.</summary>
    public string? Online => cmdlet.Type.GetCustomAttribute<CmdletAttribute>()?.HelpUri;

    public static CmdletHelp For(CmdletDefinition cmdlet, HostSession session)
    {
        var files = session.Modules.Where(m => m.Info == cmdlet.Info.Module).SelectMany(m => m.HelpFiles);
        var maml = files.SelectMany(f => XDocument.Load(f).Descendants(Command + "command"))
            .FirstOrDefault(c => IsNamed(c.Element(Command + "details")?.Element(Command + "name"), cmdlet.Name));
        return new CmdletHelp(cmdlet, maml);
    }

    public IEnumerable<string> Lines()
    {
        List<string> lines = [];
        Add(lines, "NAME", [cmdlet.Name]);
        Add(lines, "SYNOPSIS", [Synopsis]);
        Add(lines, "SYNTAX", Syntax.Of(cmdlet));
        Add(lines, "DESCRIPTION", [Text(maml?.Element(Maml + "description"))]);
        Add(lines, "ALIASES", [string.Join(", ", cmdlet.Aliases)]);
        Add(lines, "PARAMETERS", cmdlet.Own.Where(p => p.Sets.Values.Any(s => !s.DontShow)).SelectMany(ParameterLines));
        Add(lines, "INPUTS", maml?.Descendants(Command + "inputType").Select(
            input => $"{Text(input.Element(Dev + "type"))}: {Text(input.Element(Maml + "description"))}") ?? []);
        Add(lines, "OUTPUTS", cmdlet.OutputTypes.Select(t => t.Name));
        AddExamples(lines);
        Add(lines, "RELATED LINKS", maml?.Descendants(Maml + "linkText").Select(l => Text(l)) ?? []);
        return lines;
    }

    /// <summary>What the command is, and its examples.</summary>
    public IEnumerable<string> Examples()
    {
        List<string> lines = [];
        Add(lines, "NAME", [cmdlet.Name]);
        Add(lines, "SYNOPSIS", [Synopsis]);
        AddExamples(lines);
        return lines;
    }

    /// <summary>The parameters whose names match.</summary>
    public IEnumerable<string> Parameters(WildcardPattern names) =>
        cmdlet.Own.Where(p => p.Sets.Values.Any(s => !s.DontShow) && names.IsMatch(p.Name)).SelectMany(p => ParameterLines(p).Append(""));

    private void AddExamples(List<string> lines)
    {
        foreach (var example in maml?.Descendants(Command + "example") ?? [])
        {
            Add(lines, Text(example.Element(Maml + "title")).Trim('-', ' '),
                [.. Text(example.Element(Dev + "code")).Split('\n'), Text(example.Element(Dev + "remarks"))]);
        }
    }

    private IEnumerable<string> ParameterLines(ParameterDefinition parameter)
    {
        var declared = parameter.Sets.Values.First();
        var type = parameter.IsSwitch ? "" : $" <{Syntax.TypeName(parameter.Type)}>";
        yield return $"-{parameter.Name}{type}";
        string[] facts =
        [
            parameter.Sets.Values.Any(s => s.Mandatory) ? "required" : "",
            declared.Position >= 0 ? $"position {declared.Position}" : "",
            parameter.Aliases.Count > 0 ? $"aliases {string.Join(", ", parameter.Aliases)}" : "",
            parameter.Sets.Values.Any(s => s.ValueFromPipeline) ? "from the pipeline" : "",
            parameter.Sets.Values.Any(s => s.ValueFromPipelineByPropertyName) ? "from a property of that name" : "",
            .. parameter.Validations.OfType<ValidateSetAttribute>().Select(v => $"one of {string.Join(", ", v.ValidValues)}"),
            parameter.Type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(parameter.Type))}" : "",
        ];
        var described = maml?.Element(Command + "parameters")?.Elements(Command + "parameter")
            .FirstOrDefault(p => IsNamed(p.Element(Maml + "name"), parameter.Name));
        var description = Text(described?.Element(Maml + "description"));
        var otherwise = Text(described?.Element(Dev + "defaultValue")) is { Length: > 0 } value and not "None" ? $"default {value}" : "";
        foreach (var line in new[] { description, string.Join("; ", facts.Append(otherwise).Where(f => f.Length > 0)) }.Where(l => l.Length > 0))
        {
            yield return $"    {line}";
        }
    }

    private static void Add(List<string> lines, string heading, IEnumerable<string> content)
    {
        string[] filled = [.. content.Where(c => c.Trim().Length > 0)];
        if (filled.Length > 0)
        {
            lines.AddRange([heading, .. filled.Select(c => $"    {c.TrimEnd()}"), ""]);
        }
    }

    private static bool IsNamed(XElement? element, string name) => Text(element).Equals(name, StringComparison.OrdinalIgnoreCase);

    // Paragraphs are elements of their own.
    private static string Text(XElement? element) => element is null ? ""
        : element.HasElements ? string.Join('\n', element.Elements().Select(e => e.Value.Trim())).Trim()
        : element.Value.Trim();
}
