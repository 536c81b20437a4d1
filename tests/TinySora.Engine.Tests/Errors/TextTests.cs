namespace TinySora.Engine.Tests.Errors;

/// <summary>Wording that messages share.</summary>
public sealed class TextTests
{
    [Theory]
    [InlineData(0, "0.0 kB")]
    [InlineData(1234, "1.2 kB")]
    [InlineData(999_949, "999.9 kB")]
    [InlineData(999_950, "1 MB")]
    [InlineData(1_000_000, "1 MB")]
    [InlineData(999_499_999, "999 MB")]
    [InlineData(999_500_000, "1.0 GB")]
    [InlineData(1_550_000_000, "1.6 GB")]
    [InlineData(1_234_500_000_000, "1,234.5 GB")]
    public void Size_has_at_most_three_digits_before_the_next_unit(double bytes, string expected) => Assert.Equal(expected, Engine.Errors.Text.Size(bytes));
}
