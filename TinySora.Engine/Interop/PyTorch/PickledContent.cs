using System.Globalization;
using System.Numerics;

namespace TinySora.Engine.Interop.PyTorch;

/// <summary>A pickled object taken apart: tensors and plain values by the path that leads to them.</summary>
internal sealed class PickledContent
{
    private const int Deepest = 100;
    private const int MostNames = 1_000_000;
    private const int LongestName = 1000;

    private readonly Dictionary<string, PickledTensor> tensors = [];
    private readonly Dictionary<string, string> texts = [];
    private int visited;

    private PickledContent()
    {
    }

    public IReadOnlyDictionary<string, PickledTensor> Tensors => tensors;

    public IReadOnlyDictionary<string, string> Texts => texts;

    /// <exception cref="InvalidDataException">It holds itself, or two of its things have one name.</exception>
    public static PickledContent Of(object? root)
    {
        var content = new PickledContent();
        content.Visit("", root, 0);
        return content;
    }

    private void Visit(string name, object? value, int depth)
    {
        // An object may hold itself, or one object in very many places.
        if (depth > Deepest || ++visited > MostNames)
        {
            throw new InvalidDataException("its objects are nested without end");
        }

        switch (value)
        {
            case PickledDictionary dictionary:
                foreach (var (key, item) in dictionary.Items)
                {
                    Visit(Join(name, Key(key)), item, depth + 1);
                }

                break;
            case IReadOnlyList<object?> sequence:
                for (var i = 0; i < sequence.Count; i++)
                {
                    Visit(Join(name, i.ToString(CultureInfo.InvariantCulture)), sequence[i], depth + 1);
                }

                break;
            case PickledTensor tensor: Add(tensors, name, tensor); break;
            case string text: Add(texts, name, text); break;
            case bool flag: Add(texts, name, flag ? "true" : "false"); break;
            case long or double or BigInteger: Add(texts, name, ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)); break;
            default: break; // None, byte strings and names of Python's: nothing here has a use for them.
        }
    }

    private static string Key(object? key) => key switch
    {
        string text => text,
        long or double => ((IFormattable)key).ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        PickledName { Name: var name } => name,
        _ => throw new InvalidDataException("a dictionary has a key that is neither text nor number"),
    };

    /// <summary>Joins two parts of a name; a very long name is refused, since many of them could fill the memory.</summary>
    private static string Join(string name, string part) =>
        name.Length + part.Length > LongestName ? throw new InvalidDataException($"a name in it has more than {LongestName} characters")
        : name.Length == 0 ? part
        : $"{name}.{part}";

    private static void Add<T>(Dictionary<string, T> values, string name, T value)
    {
        if (!values.TryAdd(name, value))
        {
            throw new InvalidDataException($"it has two things named '{name}'");
        }
    }
}
