using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Objects with properties, comparisons, and what errors say of their target.</summary>
public sealed class ValueTests
{
    [Theory]
    [InlineData(2, "10", -1)]
    [InlineData("b", "A", 1)]
    [InlineData(1.5, 1, 1)]
    [InlineData(9007199254740993L, 9007199254740992L, 1)]
    [InlineData(null, 0, -1)]
    [InlineData(null, null, 0)]
    [InlineData(double.NaN, 0.0, -1)]
    public void Values_of_different_types_have_an_order(object? first, object? second, int expected) =>
        Assert.Equal(expected, Math.Sign(LanguagePrimitives.Compare(first, second, ignoreCase: true)));

    [Theory]
    [InlineData("A", "a", true)]
    [InlineData(1, "1", true)]
    [InlineData("1", 1, true)]
    [InlineData(1, 1.0, true)]
    [InlineData(1, "one", false)]
    [InlineData(null, "", false)]
    public void Values_of_different_types_may_be_equal(object? first, object? second, bool expected) =>
        Assert.Equal(expected, LanguagePrimitives.Equals(first, second, ignoreCase: true));

    [Fact]
    public void Values_without_common_order_say_so() =>
        Assert.Throws<ArgumentException>(() => LanguagePrimitives.Compare(new object(), 1));

    [Fact]
    public void Properties_can_be_added_to_any_object_but_not_twice()
    {
        var value = PSObject.AsPSObject(new Version(1, 2));
        value.Properties.Add(new PSNoteProperty("Note", "new"));
        Assert.Equal("new", value.Properties["note"]!.Value);
        Assert.Equal(2, value.Properties["Minor"]!.Value);
        Assert.Throws<PSArgumentException>(() => value.Properties.Add(new PSNoteProperty("Major", 3)));
        value.Properties.Remove("Note");
        Assert.Null(value.Properties["Note"]);
    }

    [Fact]
    public void An_object_of_properties_shows_them_as_its_text()
    {
        PSObject value = new();
        value.Members.Add(new PSNoteProperty("A", 1));
        value.Properties.Add(new PSNoteProperty("B", null));
        Assert.Equal("@{A=1; B=}", value.ToString());
        Assert.Equal("@{A=1; B=}", LanguagePrimitives.ConvertTo<string>(value));
    }

    [Fact]
    public void A_long_target_is_shortened_in_the_line_of_its_error()
    {
        ErrorRecord record = new(new IOException("no"), "Id", ErrorCategory.WriteError, new string('a', 100));
        Assert.Matches("^WriteError: \\(a{19}\u2026a{20}:String\\) \\[\\], IOException$", record.CategoryInfo.GetMessage());
    }

    [Fact]
    public void An_empty_text_is_zero_also_for_a_number_that_may_be_missing()
    {
        // As in PowerShell: an empty cell of a CSV is no missing value.
        Assert.Equal(0, LanguagePrimitives.ConvertTo<int?>(""));
        Assert.Null(LanguagePrimitives.ConvertTo<int?>(null));
    }
}
