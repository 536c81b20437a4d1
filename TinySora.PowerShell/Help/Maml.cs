using System.Xml.Linq;

namespace TinySora.Help;

/// <summary>Creates the XML of PowerShell's help files.</summary>
internal static class Maml
{
    private static readonly XNamespace Root = "http://msh";
    private static readonly XNamespace Text = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Cmd = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    public static XElement File(IEnumerable<XElement> commands) => new(Root + "helpItems", new XAttribute("schema", "maml"), commands);

    public static XElement Command(CmdletFacts cmdlet, HelpPage page) => new(
        Cmd + "command",
        new XAttribute(XNamespace.Xmlns + "maml", Text), new XAttribute(XNamespace.Xmlns + "command", Cmd),
        new XAttribute(XNamespace.Xmlns + "dev", Dev),
        new XElement(
            Cmd + "details",
            new XElement(Cmd + "name", cmdlet.Name), new XElement(Cmd + "verb", cmdlet.Verb), new XElement(Cmd + "noun", cmdlet.Noun),
            Paragraphs("description", [page.Synopsis])),
        Paragraphs("description", page.Description),
        new XElement(Cmd + "syntax", cmdlet.Sets.Select(set => SyntaxItem(cmdlet.Name, set))),
        new XElement(
            Cmd + "parameters",
            cmdlet.Parameters.GroupBy(p => p.Name).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => Parameter(g.First(), page.Parameters[g.Key]))),
        new XElement(Cmd + "inputTypes", Inputs(cmdlet).Select(input => new XElement(
            Cmd + "inputType", new XElement(Dev + "type", new XElement(Text + "name", input.Type)), Paragraphs("description", [input.Text])))),
        new XElement(
            Cmd + "returnValues",
            cmdlet.Outputs.Select(type => new XElement(Cmd + "returnValue", new XElement(Dev + "type", new XElement(Text + "name", type))))),
        new XElement(Cmd + "examples", page.Examples.Select(Example)),
        new XElement(Text + "relatedLinks", page.Links.Select(link => new XElement(
            Text + "navigationLink", new XElement(Text + "linkText", link), new XElement(Text + "uri")))));

    private static XElement SyntaxItem(string name, IEnumerable<ParameterFacts> parameters) => new(
        Cmd + "syntaxItem", new XElement(Text + "name", name), parameters.Select(p => Parameter(p, null)));

    /// <param name="text">Description; <c>null</c> in the syntax, where a switch has no value.</param>
    private static XElement Parameter(ParameterFacts parameter, string? text) => new(
        Cmd + "parameter",
        new XAttribute("required", parameter.Mandatory), new XAttribute("globbing", parameter.Wildcards),
        new XAttribute("pipelineInput", parameter.Input), new XAttribute("position", parameter.Position?.ToString() ?? "named"),
        new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(Text + "name", parameter.Name),
        text is null ? null : Paragraphs("description", [text]),
        parameter.IsSwitch && text is null ? null
            : new XElement(Cmd + "parameterValue", new XAttribute("required", !parameter.IsSwitch), parameter.Type),
        text is null ? null : new XElement(Dev + "type", new XElement(Text + "name", parameter.Type)),
        text is null || parameter.IsSwitch ? null : new XElement(Dev + "defaultValue", parameter.Default ?? "None"));

    /// <summary>Returns the types of pipeline input: types of values, and objects with certain properties.</summary>
    private static IEnumerable<(string Type, string Text)> Inputs(CmdletFacts cmdlet)
    {
        var piped = cmdlet.Parameters.DistinctBy(p => (p.Name, p.Pipeline)).ToList();
        foreach (var parameter in piped.Where(p => p.Pipeline.ByValue).DistinctBy(p => p.Name))
        {
            yield return (parameter.Type, $"The value of -{parameter.Name}.");
        }

        var names = piped.Where(p => p.Pipeline.ByName).SelectMany(p => p.Aliases.Prepend(p.Name)).Distinct().ToList();
        if (names.Count > 0)
        {
            yield return ("Object", $"An object with any of the properties {string.Join(", ", names)}.");
        }
        else if (!piped.Any(p => p.Pipeline.ByValue))
        {
            yield return ("None", "The cmdlet does not accept pipeline input.");
        }
    }

    private static XElement Example(HelpExample example, int index) => new(
        Cmd + "example",
        new XElement(Text + "title", $"--- Example {index + 1}: {example.Title} ---"),
        new XElement(Dev + "code", example.Code),
        new XElement(Dev + "remarks", new XElement(Text + "para", example.Remark)));

    private static XElement Paragraphs(string name, IEnumerable<string> paragraphs) =>
        new(Text + name, paragraphs.Select(p => new XElement(Text + "para", p)));
}
