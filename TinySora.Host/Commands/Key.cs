using System.Collections;
using Microsoft.PowerShell.Commands;

namespace TinySora.Commands;

/// <summary>A property as -Property takes it: a name, a pattern, a script block, or a table of <c>Name</c>, <c>Expression</c> and others.</summary>
internal sealed class Key
{
    private static readonly string[] Words = ["name", "label", "expression", "ascending", "descending"];
    private readonly PSPropertyExpression expression;
    private readonly Hashtable? table;

    private Key(object value)
    {
        table = value as Hashtable;
        var asked = table is null ? value : Asked("expression") ?? Asked("name") ?? throw new PSArgumentException("A calculated property has no Expression.");
        expression = asked is ScriptBlock script ? new PSPropertyExpression(script) : new PSPropertyExpression(LanguagePrimitives.ConvertTo<string>(asked));
    }

    /// <summary>What it is to be called; null: as in the object.</summary>
    public string? Name => (Asked("name") ?? Asked("label"))?.ToString();

    /// <summary>The sort direction that the table states; null: none.</summary>
    public bool? Descending =>
        Asked("descending") is { } down ? LanguagePrimitives.IsTrue(down) : Asked("ascending") is { } up ? !LanguagePrimitives.IsTrue(up) : null;

    public static IReadOnlyList<Key> Of(object[] properties) => [.. properties.Select(p => new Key(p is PSObject wrapped ? wrapped.BaseObject : p))];

    /// <summary>The properties that it names in this object, with their values; one of value null where the object has none.</summary>
    public IEnumerable<(string Name, object? Value)> In(PSObject value)
    {
        var results = expression.GetValues(value);
        return results.Count == 0 && !expression.HasWildCardCharacters
            ? [(Name ?? expression.ToString(), null)]
            : results.Select(result => (Name ?? result.ResolvedExpression.ToString(), result.Exception is null ? result.Result : null));
    }

    /// <summary>Whether the object has such a property.</summary>
    public bool IsIn(PSObject value) => expression.Script is not null || expression.ResolveNames(value).Count > 0;

    /// <summary>The value that counts where objects are compared.</summary>
    public object? ValueIn(PSObject value) => In(value).Select(p => p.Value).FirstOrDefault();

    private object? Asked(string word) => table?.Keys.OfType<string>()
        .Where(key => Words.First(w => w.StartsWith(key, StringComparison.OrdinalIgnoreCase)) == word).Select(key => table[key]).FirstOrDefault();
}
