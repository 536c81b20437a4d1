using System.Globalization;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Training.Requests;

public sealed class TrainingGoalTests
{
    private static readonly DateTime Now = new(2026, 11, 20, 22, 15, 0);

    [Fact]
    public void Goals_are_steps_a_loss_or_a_time_and_the_nearest_of_each_counts()
    {
        Assert.All(new[] { "3000", " 3000 " }, text => Assert.Equal(new TrainingGoal(Steps: 3000), TrainingGoal.Parse([text], Now)));
        Assert.All(new[] { "loss 0.05", "Loss<0.05", "loss <= 0.05", "loss=5e-2" }, text =>
            Assert.Equal(new TrainingGoal(Loss: 0.05), TrainingGoal.Parse([text], Now)));
        Assert.Equal(
            new TrainingGoal(200, 0.1, Now.Date.AddDays(1).AddHours(6)),
            TrainingGoal.Parse(["300", "loss 0.1", "200", "06:00", "loss 0.2", "2026-11-22 08:00"], Now));
        Assert.Equal(new TrainingGoal(), TrainingGoal.Parse([], Now));
    }

    [Theory]
    [InlineData("22:30", "2026-11-20 22:30")]
    [InlineData("22:15", "2026-11-21 22:15")]
    [InlineData("6:30", "2026-11-21 06:30")]
    [InlineData("6:30 AM", "2026-11-21 06:30")]
    [InlineData("11 PM", "2026-11-20 23:00")]
    [InlineData("2026-12-24 18:00", "2026-12-24 18:00")]
    [InlineData("11/25/2026 08:00:00", "2026-11-25 08:00")] // as PowerShell converts (Get-Date) to text
    public void Time_of_day_means_its_next_occurrence(string text, string moment) =>
        Assert.Equal(moment, TrainingGoal.Parse([text], Now).Time!.Value.ToString("yyyy-MM-dd HH:mm"));

    [Theory]
    [InlineData("soon")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("0.05")]
    [InlineData("2.5")]
    [InlineData("loss")]
    [InlineData("loss -1")]
    [InlineData("25:00")]
    [InlineData("2569-11-21 06:00")] // Buddhist
    [InlineData("1448-06-11 06:00")] // Hijri
    [InlineData("1405-08-30")] // Persian
    [InlineData("")]
    public void Invalid_goal_is_refused(string text) =>
        Assert.Equal("TinySora.Training.BadGoal", Assert.Throws<TinySoraException>(() => TrainingGoal.Parse([text], Now)).Id);

    [Theory]
    [InlineData("22:00-06:30", "2026-11-21 06:30")]
    [InlineData("20:00 - 23:00", "2026-11-20 23:00")]
    [InlineData("06:00-22:00", null)]
    [InlineData("22:16-22:14", null)]
    [InlineData("22:15-22:14", "2026-11-21 22:14")]
    public void Window_is_open_until_its_end_even_past_midnight(string hours, string? end) =>
        Assert.Equal(end, TimeWindow.Parse(hours).EndAt(Now)?.ToString("yyyy-MM-dd HH:mm"));

    [Fact]
    public void Morning_belongs_to_the_window_that_opened_in_the_evening() =>
        Assert.Equal(Now.Date.AddHours(6.5), TimeWindow.Parse("22:00-06:30").EndAt(Now.Date.AddHours(2)));

    [Theory]
    [InlineData("2026-03-28 22:00", 7.5)]
    [InlineData("2026-10-24 22:00", 9.5)]
    [InlineData("2026-11-20 22:00", 8.5)]
    [InlineData("2026-10-25 22:00", 8.5)]
    public void Window_ends_by_the_clock_when_daylight_saving_changes(string from, double hours)
    {
        var summer = TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
            DateTime.MinValue.Date, DateTime.MaxValue.Date, TimeSpan.FromHours(1), LastSunday(3, 2), LastSunday(10, 3));
        var zone = TimeZoneInfo.CreateCustomTimeZone("Test", TimeSpan.FromHours(1), "Test", "Test", "Test in summer", [summer]);
        var now = DateTime.Parse(from, CultureInfo.InvariantCulture);
        Assert.Equal(TimeSpan.FromHours(hours), TimeWindow.Passing(now, TimeWindow.Parse("22:00-06:30").EndAt(now)!.Value, zone));

        static TimeZoneInfo.TransitionTime LastSunday(int month, int hour) =>
            TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, hour, 0, 0), month, 5, DayOfWeek.Sunday);
    }

    [Theory]
    [InlineData("night")]
    [InlineData("22:00")]
    [InlineData("22:00-22:00")]
    [InlineData("1-2-3")]
    [InlineData("22:00-24:30")]
    public void Invalid_window_is_refused(string hours) =>
        Assert.Equal("TinySora.Training.BadHours", Assert.Throws<TinySoraException>(() => TimeWindow.Parse(hours)).Id);
}
