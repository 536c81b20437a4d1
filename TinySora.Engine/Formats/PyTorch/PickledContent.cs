using System.Globalization;
using System.Numerics;

namespace TinySora.Engine.Formats.PyTorch;

/// <summary>The tensors and plain values in a pickled object, by path.</summary>
internal sealed class PickledContent
{
    private const int Deepest = 100;
    private const int MaxNames = 1_000_000;
    private const int LongestName = 1000;

    private readonly Dictionary<string, PickledTensor> tensors = [];
    private readonly Dictionary<string, string> texts = [];
    private readonly HashSet<string> doubled = [];
    private int visited;

    private PickledContent()
    {
    }

    public IReadOnlyDictionary<string, PickledTensor> Tensors => tensors;

    public IReadOnlyDictionary<string, string> Texts => texts;

    /// <summary>Why a part of the object has no readable name; <c>null</c> if every part has one.</summary>
    public string? Problem { get; private set; }

    /// <summary>Returns whether two tensors have this name, for example 'a.b' and 'b' in 'a'. If so, neither tensor can be read.</summary>
    public bool IsDuplicate(string name) => doubled.Contains(name);

    public static string DoubledName(string name) => $"it has two values named '{name}'";

    /// <exception cref="InvalidDataException">The object contains itself, or is too large.</exception>
    public static PickledContent Of(object? root)
    {
        var content = new PickledContent();
        content.Visit("", root, 0);
        return content;
    }

    private void Visit(string name, object? value, int depth)
    {
        // An object may contain itself, or contain another object many times.
        if (depth > Deepest || ++visited > MaxNames)
        {
            throw new InvalidDataException("its objects are nested too deeply or contain themselves");
        }

        switch (value)
        {
            case PickledDictionary dictionary:
                foreach (var (key, item) in dictionary.Items)
                {
                    if (Key(key) is string part)
                    {
                        Visit(Join(name, part), item, depth + 1);
                    }
                    else
                    {
                        Problem ??= "a dictionary has a key that is neither text nor a number";
                    }
                }

                break;
            case IReadOnlyList<object?> sequence:
                for (var i = 0; i < sequence.Count; i++)
                {
                    Visit(Join(name, i.ToString(CultureInfo.InvariantCulture)), sequence[i], depth + 1);
                }

                break;
            case PickledInert inert: Problem ??= inert.Problem; break;
            case PickledTensor tensor: Add(tensors, name, tensor); break;
            case string text: Add(texts, name, text); break;
            case bool flag: Add(texts, name, flag ? "true" : "false"); break;
            case long or double or BigInteger: Add(texts, name, ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)); break;
            default: break; // None, byte strings and Python names are not used.
        }
    }

    /// <returns>Part of a name; <c>null</c> for keys such as None and tuples, whose values are skipped.</returns>
    private static string? Key(object? key) => key switch
    {
        string text => text,
        long or double or BigInteger => ((IFormattable)key).ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        PickledName { Name: var name } => name,
        PickledFunction { Name: var name } => name,
        _ => null,
    };

    /// <summary>Joins two parts of a name. Very long names are rejected, because many of them could exhaust memory.</summary>
    private static string Join(string name, string part) =>
        name.Length + part.Length > LongestName ? throw new InvalidDataException($"one of its names has more than {LongestName} characters")
        : name.Length == 0 ? part
        : $"{name}.{part}";

    private void Add<T>(Dictionary<string, T> values, string name, T value)
    {
        if (!values.TryAdd(name, value))
        {
            doubled.Add(name);
            Problem ??= DoubledName(name);
        }
    }
}
