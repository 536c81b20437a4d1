using TinySora.Engine.Errors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TinySora.Engine.Configuration;

/// <summary>The part of YAML that a configuration needs, with positions: one document of mappings, lists and scalars.</summary>
internal abstract record YamlItem(int Line)
{
    /// <summary>The name of the item in messages.</summary>
    public abstract string Form { get; }
}

/// <param name="Plain">Not quoted, so that <c>null</c>, <c>true</c> and <c>1e-4</c> mean what they look like.</param>
internal sealed record YamlScalar(int Line, string Text, bool Plain) : YamlItem(Line)
{
    public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string Form => IsNull ? "null" : Plain ? Text : $"\"{Text}\"";
}

internal sealed record YamlList(int Line, IReadOnlyList<YamlItem> Items) : YamlItem(Line)
{
    public override string Form => "a list";
}

/// <summary>The keys in the file's order, duplicates included.</summary>
internal sealed record YamlMap(int Line, IReadOnlyList<(YamlScalar Key, YamlItem Value)> Pairs) : YamlItem(Line)
{
    public override string Form => "a section";
}

/// <summary>
/// Composes the tree from the parser's events rather than through YamlDotNet's own object model: files come from outside,
/// and there aliases (which can blow up exponentially) and deep nesting (which overflows the stack) are refused at once.
/// </summary>
internal sealed class YamlTree
{
    private const int DepthLimit = 16;

    private readonly string source;
    private readonly Parser parser;

    /// <summary>The line of the last item that was understood, from 1.</summary>
    private int reached = 1;

    private YamlTree(string yaml, string source)
    {
        this.source = source;
        parser = new Parser(new StringReader(yaml));
    }

    /// <summary>The document's root; null for an empty document.</summary>
    /// <exception cref="TinySoraException">Syntax error, alias, nesting, or more than one document.</exception>
    public static YamlItem? Read(string yaml, string source)
    {
        YamlTree tree = new(yaml, source);
        try
        {
            return tree.Document();
        }
        catch (YamlException e)
        {
            // The parser reports the line before a tab, and a cryptic message.
            var tab = Array.FindIndex(yaml.Split('\n'), l => l[..^l.TrimStart().Length].Contains('\t'));
            throw tab < 0
                ? ConfigErrors.Syntax(source, (int)e.Start.Line, e.Message, e)
                : ConfigErrors.Syntax(source, tab + 1, "a tab in the indentation", e);
        }
        catch (InvalidOperationException e)
        {
            // Its scanner has found itself in a state that it does not know, and does not say where.
            throw ConfigErrors.Syntax(source, tree.reached, "what stands here or below it is no YAML", e);
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
                        ?? throw ConfigErrors.Refused(source, line, "a key that is no word");
                    pairs.Add((key, Item(depth + 1)));
                }

                return new YamlMap(line, pairs);
            default:
                throw ConfigErrors.Refused(source, line, "an alias (*name)");
        }
    }
}
