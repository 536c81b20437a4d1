using System.Globalization;
using TinySora.Engine.Text;

namespace TinySora.Engine.Tests.Text;

/// <summary>Compares normalization form C with Python's: every decomposable letter, and letters with marks in any order.</summary>
public sealed class UnicodeCompositionTests
{
    [Fact]
    public void Texts_are_normalized_to_form_C()
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Golden", "normal-form-c.txt"));
        Assert.InRange(lines.Length, 3000, 4000);
        Assert.Equal([], lines.Where(line => line.Split(';') is [var text, var normal] && Text(normal) != UnicodeComposition.Compose(Text(text))));
    }

    [Theory]
    [InlineData("a\u0327\u0301", "\u00E1\u0327")]       // the cedilla does not compose, nor does it block the accent
    [InlineData("a\u0301\u0327", "\u00E1\u0327")]
    [InlineData("e\u0323\u0302", "\u1EC7")]
    [InlineData("e\u0302\u0323", "\u1EC7")]
    [InlineData("a\u0301\u0301", "\u00E1\u0301")]
    [InlineData("\u0301a", "\u0301a")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("caf\u00E9", "caf\u00E9")]
    [InlineData("", "")]
    public void Marks_are_sorted_before_they_compose(string text, string normal) => Assert.Equal(normal, UnicodeComposition.Compose(text));

    private static string Text(string codes) =>
        string.Concat(codes.Split(' ').Select(code => char.ConvertFromUtf32(int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));
}
