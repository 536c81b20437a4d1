using System.Collections;

namespace TinySora.Engine.Training;

/// <summary>Names of examples that are looked up when somebody reads them: of most steps nobody does.</summary>
/// <param name="count">How many there are.</param>
/// <param name="look">Looks the names up, once.</param>
internal sealed class NamesWhenRead(int count, Func<IReadOnlyList<string>> look) : IReadOnlyList<string>
{
    private readonly Lazy<IReadOnlyList<string>> names = new(look);

    public int Count => count;

    public string this[int index] => names.Value[index];

    public IEnumerator<string> GetEnumerator() => names.Value.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
