namespace TinySora.Fuzz;

/// <summary>One kind of file from outside, and how it is read.</summary>
/// <param name="Name">By which it is chosen.</param>
/// <param name="FileName">What the file is called while it is read.</param>
/// <param name="Samples">Good files, from which others are made by changing them.</param>
/// <param name="Read">Reads a file as the product does; gets its path.</param>
internal sealed record Format(string Name, string FileName, Func<IEnumerable<byte[]>> Samples, Action<string> Read)
{
    /// <summary>The most that reading an input may allocate, in bytes.</summary>
    public long MostBytes { get; init; } = 64 << 20;

    /// <summary>Words that the format knows, to be put anywhere.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>
    /// Makes the file out of what was changed: with the check sums that belong to it now, without which every reader would stop at the first of them.
    /// </summary>
    public Func<byte[], byte[]> Pack { get; init; } = content => content;
}
