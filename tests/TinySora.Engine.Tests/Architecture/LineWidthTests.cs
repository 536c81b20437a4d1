namespace TinySora.Engine.Tests.Architecture;

/// <summary>No line of the product is too wide to be read beside another file. Tests are free: their commands are one line each.</summary>
public sealed class LineWidthTests
{
    private const int Widest = 160;

    private static readonly string[] Wide =
    [
        .. from folder in Directory.GetDirectories(Repository.At("."))
           where Path.GetFileName(folder) is "benchmarks" or "build" || Path.GetFileName(folder).StartsWith("TinySora.", StringComparison.Ordinal)
           from file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
           where Path.GetExtension(file) is ".cs" or ".cpp" or ".h"
           let path = Path.GetRelativePath(Repository.At("."), file).Replace('\\', '/')
           where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal)
           from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
           where line.Text.Length > Widest
           select $"{path}:{line.Number} has {line.Text.Length} characters",
    ];

    [Fact]
    public void No_line_is_wider_than_the_limit() => Assert.Equal([], Wide);
}
