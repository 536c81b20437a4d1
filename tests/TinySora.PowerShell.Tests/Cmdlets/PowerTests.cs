using System.Text;
using TinySora.Faults;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Commands interrupted by power failures at every moment.</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class PowerCutTests : IClassFixture<FaultTests.Place>
{
    private readonly FaultTests.Place place;

    public PowerCutTests(FaultTests.Place place)
    {
        Assert.SkipUnless(FaultLayer.IsPossible, "Writes are recorded by a library that gcc makes on Linux.");
        this.place = place;
    }

    [Theory]
    [InlineData("resume", 1500)]
    [InlineData("keep", 1500)]
    [InlineData("generate", 10)]
    [InlineData("import", 500)]
    [InlineData("export-safetensors", 3)]
    [InlineData("contact-sheet", 3)]
    public void No_file_is_damaged_and_rerunning_resumes(string command, int stride)
    {
        PowerCut power = new(place.Workshop);
        var tally = power.Try(power.Record(Find(command)), stride);
        Assert.Empty(tally.Findings);
        Assert.True(tally is { States: > 20, Started: > 0 }, $"{tally}");
    }

    /// <summary>Otherwise the campaign would find nothing even if a command never flushed.</summary>
    [Theory]
    [InlineData("export-safetensors")]
    [InlineData("generate")]
    public void Each_missing_flush_is_detected(string command)
    {
        PowerCut power = new(place.Workshop);
        var recorded = power.Record(Find(command));
        var kinds = recorded.Build().Flushes.Select(flush => flush.Kind).Distinct().ToList();
        Assert.NotEmpty(kinds);
        Assert.All(kinds, kind => Assert.NotEmpty(power.Try(recorded, 10, kind).Findings));
    }

    private static Scenario Find(string command) => Scenario.All.Concat(Scenario.OfPower).Single(scenario => scenario.Name == command);
}

/// <summary>States that a disk may have after a power failure. `build.sh torture --power` tries those of all commands.</summary>
public sealed class PowerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tinysora-power-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Renamed_file_without_a_flush_may_be_old_new_empty_zeroed_or_missing()
    {
        Assert.Equal(
            ["", "\0\0\0\0", "\0\0ew", "n1", "n1\0\0", "n1ew", "old"],
            Contents(Opened("a.partial"), Wrote("n1ew"), Renamed("a.partial", "a.txt")));
        Assert.Contains(null, ContentsOf("b.txt", Opened("b.partial"), Wrote("b"), Renamed("b.partial", "b.txt")));
    }

    [Fact]
    public void File_is_old_or_new_after_its_flush() =>
        Assert.Equal(["new", "old"], Contents(Opened("a.partial"), Wrote("new"), Forced(), Renamed("a.partial", "a.txt")));

    [Fact]
    public void File_is_new_after_a_flush_of_its_folder() => Assert.Equal(
        ["new"],
        Contents(
            Opened("a.partial"), Wrote("new"), Forced(), Renamed("a.partial", "a.txt"),
            new Operation(Change.Opened, 2, 0, 0, folder, "", []), new Operation(Change.Forced, 2, 0, 0, "", "", [])));

    [Fact]
    public void Renames_reach_the_disk_in_any_order()
    {
        var states = States(Opened("new.partial"), Wrote("x"), Forced(), Renamed("new.partial", "new.txt"), Removed("a.txt"));
        Assert.Contains(states, files => files.Count == 0 || files.Keys.All(name => name.EndsWith(".partial", StringComparison.Ordinal)));
        Assert.Contains(states, files => files.ContainsKey("new.txt") && files.ContainsKey("a.txt"));
    }

    /// <summary>Returns the possible contents after the last operation of a.txt, which existed before.</summary>
    private List<string?> Contents(params Operation[] operations) => ContentsOf("a.txt", operations);

    private List<string?> ContentsOf(string name, params Operation[] operations) =>
        [.. States(operations).Select(files => files.GetValueOrDefault(name)).Distinct().Order(StringComparer.Ordinal)];

    private List<Dictionary<string, string>> States(params Operation[] operations)
    {
        File.WriteAllText(At("a.txt"), "old");
        Disk disk = new(folder, Disk.Snapshot(folder));
        disk.Add(operations);
        return
        [
            .. DiskState.All(disk, disk.Count).Select(state =>
                disk.Files(state.Names(disk)).ToDictionary(file => file.Key, file => Encoding.UTF8.GetString(state.Read(file.Value).Bytes))),
        ];
    }

    private string At(string name) => Path.Combine(folder, name);

    private Operation Opened(string name) => new(Change.Opened, 1, Operation.Created, 0, At(name), "", []);

    private static Operation Wrote(string text) => new(Change.Wrote, 1, 0, 0, "", "", Encoding.UTF8.GetBytes(text));

    private static Operation Forced() => new(Change.Forced, 1, 0, 0, "", "", []);

    private Operation Renamed(string from, string to) => new(Change.Renamed, 0, 0, 0, At(from), At(to), []);

    private Operation Removed(string name) => new(Change.Removed, 0, 0, 0, At(name), "", []);
}
