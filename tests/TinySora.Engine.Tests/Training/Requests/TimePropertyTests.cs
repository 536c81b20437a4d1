using System.Globalization;
using CsCheck;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Training.Requests;

/// <summary>Properties of all durations, hours and goals.</summary>
public sealed class TimePropertyTests
{
    private static readonly DateTime Now = new(2026, 11, 20, 22, 15, 0);

    private static readonly Gen<TimeOnly> Clocks = Gen.Int[0, 86_399].Select(second => new TimeOnly(second * TimeSpan.TicksPerSecond));

    /// <summary>Durations from 0.1 seconds up to a minute, an hour, a day and 100 days.</summary>
    private static readonly Gen<TimeSpan> Times = Gen.OneOf(60_000L, 3_600_000, 86_400_000, 8_640_000_000)
        .SelectMany(longest => Gen.Long[100, longest]).Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds));

    [Fact]
    public void Displayed_duration_is_a_budget_of_the_same_length() => Times.Check(200, time =>
    {
        var seconds = BudgetText.Minutes(Durations.Text(time)) * 60;
        var unit = time.TotalDays >= 1 ? 3600 : time.TotalHours >= 1 ? 60 : time.TotalMinutes >= 1 ? 1 : 0.1;
        Assert.Equal(time.TotalSeconds, seconds, (unit / 2) + 1e-6);
    });

    [Theory]
    [InlineData(0, "0.0 s")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(59.96, "1 min 0 s")]
    [InlineData(60, "1 min 0 s")]
    [InlineData(119.6, "2 min 0 s")]
    [InlineData(3599.4, "59 min 59 s")]
    [InlineData(3599.6, "1 h 0 min")]
    [InlineData(7199, "2 h 0 min")]
    [InlineData(86_369, "23 h 59 min")]
    [InlineData(86_371, "1 d 0 h")]
    [InlineData(172_799, "2 d 0 h")]
    [InlineData(8_640_000, "100 d 0 h")]
    public void Duration_is_rounded_before_its_units_are_chosen(double seconds, string expected) =>
        Assert.Equal(expected, Durations.Text(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Budget_is_the_same_in_every_notation() => Times.Select(time => TimeSpan.FromSeconds(Math.Ceiling(time.TotalSeconds))).Check(200, time =>
    {
        string[] texts =
        [
            time.ToString("c", CultureInfo.InvariantCulture), $"{time.TotalSeconds}s", $"{time.Days}d{time.Hours}h{time.Minutes}m{time.Seconds}s",
            $" {time.Seconds} sec {time.Minutes} MINUTES {time.Hours} hours {time.Days} days ",
            string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.###############} min"),
        ];
        Assert.All(texts, text => Assert.Equal(time.TotalMinutes, BudgetText.Minutes(text), 1e-9 * time.TotalMinutes));
    });

    [Fact]
    public void Window_is_read_back_unchanged_and_ends_at_its_end() => Gen.Select(Clocks, Clocks).Where(ends => ends.Item1 != ends.Item2).Check(200, ends =>
    {
        var window = new TimeWindow(ends.Item1, ends.Item2);
        Assert.Equal(window, TimeWindow.Parse(window.ToString()));
        Assert.Equal(window, TimeWindow.Parse(string.Create(CultureInfo.InvariantCulture, $" {ends.Item1:H\\:mm\\:ss} - {ends.Item2:HH\\:mm\\:ss}")));
        var begin = Now.Date + ends.Item1.ToTimeSpan();
        var end = window.EndAt(begin)!.Value;
        Assert.Equal(ends.Item2, TimeOnly.FromDateTime(end));
        Assert.InRange(end - begin, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Assert.Equal(end, window.EndAt(end.AddTicks(-1)));
        Assert.Null(window.EndAt(end));
        Assert.Null(window.EndAt(begin.AddTicks(-1)));
    });

    [Fact]
    public void Goals_are_read_back_unchanged() =>
        Gen.Select(Gen.Int.Positive, Gen.Double[1e-9, 1e9], Gen.Int[-36_000, 36_000], Clocks).Check(200, example =>
        {
            var (steps, loss, days, clock) = example;
            var time = Now.Date.AddDays(days) + clock.ToTimeSpan();
            var goal = new TrainingGoal(steps, loss, time);
            foreach (var form in (string[])["yyyy-MM-dd HH:mm:ss", "s", "MM/dd/yyyy HH:mm:ss", "d MMMM yyyy HH:mm:ss"])
            {
                string[] texts = [$"{steps}", string.Create(CultureInfo.InvariantCulture, $"loss {loss:R}"), time.ToString(form, CultureInfo.InvariantCulture)];
                Assert.Equal(goal, TrainingGoal.Parse(texts, Now));
            }

            var next = TrainingGoal.Parse([clock.ToString("HH:mm:ss", CultureInfo.InvariantCulture)], time).Time!.Value;
            Assert.Equal(time.AddDays(1), next);
        });
}
