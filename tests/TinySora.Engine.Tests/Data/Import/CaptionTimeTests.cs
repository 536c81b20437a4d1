using TinySora.Engine.Data.Captions;

namespace TinySora.Engine.Tests.Data.Import;

/// <summary>Times in tables in every form that a clock or a program writes.</summary>
public sealed class CaptionTimeTests
{
    [Theory]
    [InlineData("90", 90)]
    [InlineData("2.5", 2.5)]
    [InlineData("1:30", 90)]
    [InlineData("01:30.250", 90.25)]
    [InlineData("90:00", 5400)]
    [InlineData("0:00:02", 2)]
    [InlineData(" 1:02:03.5 ", 3723.5)]
    [InlineData("23:59:59", 86399)]
    [InlineData("24:00:00", 86400)]
    [InlineData("25:00:00", 90000)]
    [InlineData("100:00:00.5", 360000.5)]
    [InlineData("00:00:02.5000000", 2.5)]
    [InlineData("1.02:30:00", 95400)]
    [InlineData("0,5", 0.5)]
    [InlineData("0,125", 0.125)]
    [InlineData("12,25", 12.25)]
    [InlineData("1,2345", 1.2345)]
    [InlineData("0:00,2", 0.2)]
    [InlineData("01:30,250", 90.25)]
    [InlineData("00:01:02,500", 62.5)]
    public void Times_are_read_as_clock_times(string text, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), CaptionRow.Time(text));

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("-0:01")]
    [InlineData("1:60")]
    [InlineData("0:60:00")]
    [InlineData("1.24:00:00")]
    [InlineData("1.30:00")]
    [InlineData("0:00:02:12")]
    [InlineData("1:2.5:3")]
    [InlineData("1,234")]
    [InlineData("1,2,3")]
    [InlineData("1,234.5")]
    [InlineData("1:00,0,1")]
    [InlineData(",5")]
    [InlineData("5,")]
    [InlineData("1:,5")]
    [InlineData("1:")]
    [InlineData(":30")]
    [InlineData("NaN")]
    [InlineData("1e9")]
    [InlineData("99999999999999999999999999:00:00")]
    [InlineData("\u0661:\u0663\u0660")]
    public void Other_texts_are_refused(string text) => Assert.Null(CaptionRow.Time(text));
}
