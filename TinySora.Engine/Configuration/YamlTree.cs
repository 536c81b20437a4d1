using TinySora.Engine.Errors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TinySora.Engine.Configuration;

/// <summary>The subset of YAML that configurations need, with line numbers: one document of mappings, lists and scalars.</summary>
internal abstract record YamlItem(int Line)
{
    /// <summary>Description of the item for messages.</summary>
    public abstract string Form { get; }
}

/// <param name="Plain">Whether the scalar is unquoted, so that <c>null</c>, <c>true</c> and <c>1e-4</c> are not text.</param>
internal sealed record YamlScalar(int Line, string Text, bool Plain) : YamlItem(Line)
{
    public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string Form => IsNull ? "null" : Plain ? Text : $"\"{Text}\"";
}

internal sealed record YamlList(int Line, IReadOnlyList<YamlItem> Items) : YamlItem(Line)
{
    public override string Form => "a list";
}

/// <summary>A mapping with its keys in file order, including duplicates.</summary>
internal sealed record YamlMap(int Line, IReadOnlyList<(YamlScalar Key, YamlItem Value)> Pairs) : YamlItem(Line)
{
    public override string Form => "a section";
}

/// <summary>
/// Builds the tree from the parser's events instead of YamlDotNet's object model: files are untrusted,
/// so aliases (which can expand exponentially) and deep nesting (which overflows the stack) are rejected immediately.
/// </summary>
internal sealed class YamlTree
{
    private const int DepthLimit = 16;

    private readonly string source;
    private readonly Parser parser;

    /// <summary>Line of the last parsed item, counted from 1.</summary>
    private int reached = 1;

    private YamlTree(string yaml, string source)
    {
        this.source = source;
        parser = new Parser(new StringReader(yaml));
    }

    /// <summary>Parses a document and returns its root; <c>null</c> for an empty document.</summary>
    /// <exception cref="TinySoraException">Syntax error, alias, deep nesting, or more than one document.</exception>
    public static YamlItem? Read(string yaml, string source)
    {
        YamlTree tree = new(yaml, source);
        try
        {
            return tree.Document();
        }
        catch (YamlException e)
        {
            // The parser's own message is cryptic and reports the line before a tab.
            var tab = Array.FindIndex(yaml.Split('\n'), l => l[..^l.TrimStart().Length].Contains('\t'));
            throw tab < 0
                ? ConfigErrors.Syntax(source, (int)e.Start.Line, e.Message, e)
                : ConfigErrors.Syntax(source, tab + 1, "a tab in the indentation", e);
        }
        catch (InvalidOperationException e)
        {
            // The scanner is in an undefined state and reports no position.
            throw ConfigErrors.Syntax(source, tree.reached, "this line or a later one cannot be parsed", e);
        }
    }

    private YamlItem? Document()
    {
        parser.Consume<StreamStart>();
        if (parser.TryConsume<StreamEnd>(out _))
        {
            return null;
        }

        parser.Consume<DocumentStart>();
        var root = Item(0);
        parser.Consume<DocumentEnd>();
        if (parser.Accept<DocumentStart>(out var second))
        {
            throw ConfigErrors.Refused(source, (int)second.Start.Line, "a second document");
        }

        return root;
    }

    private YamlItem Item(int depth)
    {
        var start = parser.Current ?? throw new YamlException("unexpected end");
        var line = reached = (int)start.Start.Line;
        if (depth > DepthLimit)
        {
            throw ConfigErrors.Refused(source, line, $"nesting deeper than {DepthLimit} levels");
        }

        switch (start)
        {
            case Scalar scalar:
                parser.MoveNext();
                return new YamlScalar(line, scalar.Value, scalar.Style == ScalarStyle.Plain);
            case SequenceStart:
                parser.MoveNext();
                var items = new List<YamlItem>();
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    items.Add(Item(depth + 1));
                }

                return new YamlList(line, items);
            case MappingStart:
                parser.MoveNext();
                var pairs = new List<(YamlScalar, YamlItem)>();
                while (!parser.TryConsume<MappingEnd>(out _))
                {
                    var key = Item(depth + 1) as YamlScalar
                        ?? throw ConfigErrors.Refused(source, line, "a key that is not a scalar");
                    pairs.Add((key, Item(depth + 1)));
                }

                return new YamlMap(line, pairs);
            default:
                throw ConfigErrors.Refused(source, line, "an alias (*name)");
        }
    }
}
