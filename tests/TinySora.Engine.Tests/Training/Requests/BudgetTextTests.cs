using System.Globalization;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Training.Requests;

public sealed class BudgetTextTests
{
    [Theory]
    [InlineData("10min", 10)]
    [InlineData("10 minutes", 10)]
    [InlineData("3m", 3)]
    [InlineData("1h", 60)]
    [InlineData("2.5h", 150)]
    [InlineData(" 1h 30MIN ", 90)]
    [InlineData("1h30m", 90)]
    [InlineData("45s", 0.75)]
    [InlineData("2d", 2880)]
    [InlineData("00:10:00", 10)]
    [InlineData("1:00:30", 60.5)]
    [InlineData("1.00:00:00", 1440)]
    public void Common_notations_of_durations_are_read(string text, double minutes)
    {
        var culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NumberGroupSeparator = "." } };
            Assert.Equal(minutes, BudgetText.Minutes(text), 9);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Theory]
    [InlineData("10")]
    [InlineData("10:00")]
    [InlineData("2,5h")]
    [InlineData("36:00:00")]
    [InlineData("0min")]
    [InlineData("-5min")]
    [InlineData("5 months")]
    [InlineData("soon")]
    [InlineData("1h-30min")]
    public void Invalid_duration_is_refused_with_the_notation_to_use(string text)
    {
        var error = Assert.Throws<TinySoraException>(() => BudgetText.Minutes(text));
        Assert.Equal("TinySora.Training.BadBudget", error.Id);
        Assert.Contains("10min", error.Advice, StringComparison.Ordinal);
    }
}
