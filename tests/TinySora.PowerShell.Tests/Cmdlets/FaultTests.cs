using TinySora.Faults;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>
/// Commands in which one system call after another fails: full disk, faulty disk, missing permission. `build.sh torture` tries more.
/// </summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class FaultTests : IClassFixture<FaultTests.Place>
{
    private readonly Place place;

    public FaultTests(Place place)
    {
        Assert.SkipUnless(FaultLayer.IsPossible, "Calls are made to fail by a library that gcc makes on Linux.");
        this.place = place;
    }

    [Theory]
    [InlineData("dataset", 5)]
    [InlineData("import", 5)]
    [InlineData("archive", 5)]
    [InlineData("latents", 8)]
    [InlineData("export-safetensors", 5)]
    [InlineData("contact-sheet", 1)]
    public void Every_fault_is_a_clear_error_or_harmless_and_rerunning_completes_the_command(string command, int stride) =>
        Try(command, stride, Fault.All);

    /// <summary>A full disk is the fault that an overnight training meets, and each attempt is a training.</summary>
    [Theory]
    [InlineData("train-pixels", 13)]
    [InlineData("resume", 17)]
    public void Training_resumes_after_a_full_disk(string command, int stride) => Try(command, stride, Fault.All.Take(1));

    /// <summary>The second call that allocates disk space writes the first video; sampling the following ones would be a waste.</summary>
    [Fact]
    public void Generation_ends_at_the_first_video_that_a_full_disk_refuses()
    {
        var scenario = Scenario.All.Single(scenario => scenario.Name == "generate");
        place.Workshop.Prepare(scenario);
        place.Workshop.Layer.Arm(Fault.All[0], 2);
        var outcome = place.Workshop.Run(scenario.Line);
        place.Workshop.Layer.Disarm();
        var error = Assert.Single(outcome.Errors);
        Assert.Equal("TinySora.Generation.DiskFull", error.Id);
        Assert.Contains("a_red_circle.gif", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Libraries_can_be_installed_after_every_fault()
    {
        using Workshop bare = new(place.Program, isBare: true);
        Try(bare, Scenario.Installation, 9, Fault.All);
    }

    private void Try(string command, int stride, IEnumerable<Fault> faults) =>
        Try(place.Workshop, Scenario.All.Single(scenario => scenario.Name == command), stride, faults);

    private static void Try(Workshop workshop, Scenario scenario, int stride, IEnumerable<Fault> faults)
    {
        var tally = new Exhaustion(workshop).Try(scenario, faults, stride);
        Assert.Empty(tally.Findings);
        Assert.True(tally.Refused > 0);
    }

    /// <summary>One folder and one process for all of them.</summary>
    public sealed class Place : IDisposable
    {
        private readonly Lazy<Workshop> workshop;

        public Place() => workshop = new(() => new Workshop(Program));

        internal PowerShellProgram Program { get; } = new(Pwsh.Program, Cmdlets.Workspace.ModuleFolder);

        internal Workshop Workshop => workshop.Value;

        public void Dispose()
        {
            if (workshop.IsValueCreated)
            {
                workshop.Value.Dispose();
            }
        }
    }
}
