using System.Management.Automation;
using TinySora.Host;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Paths as typed to paths of files.</summary>
public sealed class PathTests
{
    [Fact]
    public void Wildcards_name_existing_files_in_order()
    {
        using Samples samples = new();
        string[] files = [samples.Write("b/2.gif", ""), samples.Write("a/1.gif", ""), samples.Write("a/.hidden.gif", ""), samples.Write("a/1.txt", "")];
        // A name that begins with a dot is hidden on Unix alone.
        string[] all = OperatingSystem.IsWindows() ? [files[2], files[1], files[0]] : [files[1], files[0]];
        Assert.Equal(all, samples.RunHere("Resolve-File */*.gif").Objects);
        Assert.Equal([files[1]], samples.RunHere("Resolve-File [a]/?.gif").Objects);
        Assert.Equal(all[..^1], samples.RunHere($"Resolve-File FileSystem::{samples.Folder}/a/*.gif").Objects);
        Assert.Empty(samples.RunHere("Resolve-File *.none").Objects);
    }

    [Fact]
    public void A_plain_path_must_exist()
    {
        using Samples samples = new();
        var run = samples.RunHere("Resolve-File none.gif");
        Assert.StartsWith("PathNotFound,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal([samples.Write("clip [1].gif", "")], samples.RunHere("Resolve-File 'clip `[1`].gif'").Objects);
    }

    [Fact]
    public void A_literal_path_need_not_exist_and_keeps_its_brackets()
    {
        using Samples samples = new();
        Assert.Equal([Path.Combine(samples.Folder, "x[1].gif")], samples.RunHere("Resolve-File -LiteralPath x[1].gif").Objects);
        Assert.Equal([Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)], samples.RunHere("Resolve-File -LiteralPath ~").Objects);
    }

    [Theory]
    [InlineData("*.gif", "a.GIF", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[a-c]x", "dx", false)]
    [InlineData("a`*b", "a*b", true)]
    [InlineData("a`*b", "aXb", false)]
    [InlineData("a.b", "aXb", false)]
    [InlineData("*", "two\nlines", true)]
    public void Patterns_match_as_in_PowerShell(string pattern, string text, bool expected) =>
        Assert.Equal(expected, new WildcardPattern(pattern, WildcardOptions.IgnoreCase).IsMatch(text));

    [Fact]
    public void Escaping_takes_wildcards_their_meaning()
    {
        Assert.False(WildcardPattern.ContainsWildcardCharacters(WildcardPattern.Escape("a[1]*?")));
        Assert.Equal("a[1]*?", WildcardPattern.Unescape(WildcardPattern.Escape("a[1]*?")));
        Assert.Throws<WildcardPatternException>(() => new WildcardPattern("a[1"));
    }
}
