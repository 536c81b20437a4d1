namespace TinySora.Engine.Tests.Architecture;

/// <summary>No line of the product is too wide to be read beside another file. Tests are free: their commands are one line each.</summary>
public sealed class LineWidthTests
{
    private const int Widest = 160;

    /// <summary>What has wider lines still. The list may only become shorter: an entry that is not needed is an error, too.</summary>
    private static readonly string[] Exemptions =
    [
        "TinySora.Engine/Configuration/",
        "TinySora.Engine/Diffusion/",
        "TinySora.Engine/Families/",
        "TinySora.Engine/Generation/",
        "TinySora.Engine/Runs/",
        "TinySora.Engine/Text/Conditioner.cs",
        "TinySora.Engine/Training/",
        "TinySora.PowerShell/Cmdlets/Checkpoints/",
    ];

    private static readonly (string Path, string Problem)[] Wide =
    [
        .. from folder in Directory.GetDirectories(Repository.At("."))
           where Path.GetFileName(folder) is "benchmarks" or "build" || Path.GetFileName(folder).StartsWith("TinySora.", StringComparison.Ordinal)
           from file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
           where Path.GetExtension(file) is ".cs" or ".cpp" or ".h"
           let path = Path.GetRelativePath(Repository.At("."), file).Replace('\\', '/')
           where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal)
           from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
           where line.Text.Length > Widest
           select (path, $"{path}:{line.Number} has {line.Text.Length} characters"),
    ];

    [Fact]
    public void No_line_is_wider_than_the_limit()
    {
        var found = Wide.Where(line => !Exemptions.Any(folder => line.Path.StartsWith(folder, StringComparison.Ordinal))).Select(line => line.Problem);
        Assert.Equal([], found);
    }

    [Fact]
    public void No_exemption_is_left_that_is_not_needed()
    {
        var idle = Exemptions.Where(folder => !Wide.Any(line => line.Path.StartsWith(folder, StringComparison.Ordinal)));
        Assert.Equal([], idle);
    }
}
