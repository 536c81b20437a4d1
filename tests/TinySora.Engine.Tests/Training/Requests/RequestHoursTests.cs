using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Training.Requests;

/// <summary>Requests with daily hours from 22:00 to 06:00, with a goal in time, or with both.</summary>
public sealed class RequestHoursTests
{
    private static readonly DateTime Evening = new(2026, 3, 2, 21, 0, 0, DateTimeKind.Local);
    private static readonly DateTime Night = new(2026, 3, 2, 23, 0, 0, DateTimeKind.Local);

    private static readonly TrainingRequest Free = new() { Config = TinyRun.Config };
    private static readonly TrainingRequest Nightly = Free with { Hours = TimeWindow.Parse("22:00-06:00") };

    [Fact]
    public void Run_begins_within_its_hours_and_before_its_end()
    {
        Assert.True(Free.MayBegin(Evening));
        Assert.False(Nightly.MayBegin(Evening));
        Assert.True(Nightly.MayBegin(Night));
        Assert.True((Nightly with { Until = new(Time: Night.AddHours(1)) }).MayBegin(Night));
        Assert.False((Nightly with { Until = new(Time: Night) }).MayBegin(Night));
        Assert.False((Free with { Until = new(Time: Evening) }).MayBegin(Night));
    }

    [Fact]
    public void Run_waits_for_its_hours_unless_it_would_be_over_by_then()
    {
        Assert.False(Free.WaitsForHours(Evening));
        Assert.True(Nightly.WaitsForHours(Evening));
        Assert.False(Nightly.WaitsForHours(Night));
        Assert.False((Nightly with { Until = new(Time: Evening) }).WaitsForHours(Evening));
        Assert.True((Nightly with { Until = new(Time: Night) }).WaitsForHours(Evening));
    }

    [Theory]
    [InlineData(RunState.OutsideHours, true)]
    [InlineData(RunState.TimeBudget, true)] // at the end of its hours
    [InlineData(RunState.Completed, false)]
    [InlineData(RunState.Cancelled, false)]
    public void Run_continues_in_its_hours_if_these_have_ended_it(RunState ended, bool continues)
    {
        Assert.Equal(continues, Nightly.ContinuesInHours(ended, Night, Night.AddHours(8)));
        Assert.False(Free.ContinuesInHours(ended, Night, Night.AddHours(8)));
    }

    [Fact]
    public void Run_that_another_limit_has_ended_does_not_continue()
    {
        var brief = Nightly with { MaxMinutes = 5 };
        Assert.False(brief.ContinuesInHours(RunState.TimeBudget, Night, Night.AddMinutes(5)));
        Assert.True(brief.ContinuesInHours(RunState.TimeBudget, Night, Evening)); // it waits again
        Assert.True(Nightly.ContinuesInHours(RunState.TimeBudget, Night, Night.AddHours(7).AddSeconds(-1)));
        Assert.False(Nightly.ContinuesInHours(RunState.TimeBudget, Evening, Night));
        Assert.False((Nightly with { Until = new(Time: Evening) }).ContinuesInHours(RunState.OutsideHours, Evening, Night));
        Assert.False((Free with { MaxMinutes = 5 }).ContinuesInHours(RunState.TimeBudget, Night, Night.AddMinutes(5)));
    }

    [Fact]
    public void First_limit_in_time_ends_the_run()
    {
        Assert.Null(Free.TimeLeft(Night));
        Assert.Equal(TimeSpan.FromHours(7), Nightly.TimeLeft(Night));
        var all = Nightly with { MaxMinutes = 30, Until = new(Time: Night.AddHours(2)) };
        Assert.Equal((TimeSpan.FromMinutes(30), "after 30 min (-MaxMinutes)"), (all.TimeLeft(Night), all.WhenStopped(Night)));
        Assert.Equal("at 2026-03-03 01:00 (-Until)", (all with { MaxMinutes = null }).WhenStopped(Night));
        Assert.Equal("at the end of -Between 22:00-06:00", Nightly.WhenStopped(Night));
    }

    [Fact]
    public void Request_overrides_the_folders_and_the_seed_of_its_configuration()
    {
        Assert.Equal((TinyRun.Config.TrainingDataDir, TinyRun.Config.Trainer.ResultsFolder), (Free.DataFolder, Free.Folder));
        var other = Free with { DataPath = "clips", ResultsPath = "runs/a", Seed = 7 };
        Assert.Equal(("clips", "runs/a", 7L), (other.DataFolder, other.Folder, other.Seeded.Trainer.Seed));
        Assert.Same(Free.Config, Free.Seeded);
    }
}
