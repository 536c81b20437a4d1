using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests;

/// <summary>The lists of files in CONTRIBUTING.md against the files; NAME stands for one that is yet to be written.</summary>
public sealed partial class ContributingTests
{
    [Fact]
    public void Files_to_touch_exist()
    {
        var files = PathName().Matches(File.ReadAllText(Repository.At("CONTRIBUTING.md"))).Select(match => match.Groups["path"].Value)
            .Where(path => !path.Contains("NAME", StringComparison.Ordinal)).ToList();
        Assert.True(files.Count > 20);
        Assert.All(files, path => Assert.True(File.Exists(Repository.At(path)) || Directory.Exists(Repository.At(path)), $"There is no {path}."));
    }

    /// <summary>In backticks, with a folder of the sources in front.</summary>
    [GeneratedRegex(@"`(?<path>(?:TinySora\.\w+|tests|docs|configs|benchmarks)/[\w./-]*)`")]
    private static partial Regex PathName();
}
