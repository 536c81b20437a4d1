using TinySora.Chaos;
using TinySora.Simulation;

// Started by `build.sh simulate`, which describes the options.
using Campaign campaign = new(args);
var schedules = campaign.Number("--schedules", 1000);
var (played, moments) = (0, 0L);
for (; played < schedules && !campaign.IsOver; played++)
{
    using World world = new(Path.Combine(campaign.Scratch, "world"), campaign.Seed + played);
    if (world.Play() is string problem)
    {
        campaign.Report(new Finding($"seed {campaign.Seed + played}", problem));
        world.Story.TakeLast(schedules == 1 ? int.MaxValue : 0).ToList().ForEach(Console.WriteLine);
    }

    moments += world.Moments;
}

return campaign.End($"{played} schedules of {moments} moments");
