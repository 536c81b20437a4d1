using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Installation;

namespace TinySora.Engine.Tests.Compute.Devices;

public sealed class InstallationDoctorTests
{
    [Fact]
    public void Each_part_is_checked_once_and_only_problems_have_advice()
    {
        var checks = InstallationDoctor.Examine(Path.GetTempPath()).ToList();
        string[] parts = ["module", "processor", "libtorch", "kernels", "GPU", "cuDNN", "ffmpeg", "disk", "terminal"];
        Assert.Equal(parts, checks.Select(check => check.Name).Intersect(parts));
        Assert.Equal(checks.Count, checks.DistinctBy(check => check.Name).Count());
        Assert.All(checks, check => Assert.Equal(check.State == InstallationState.Ok, check.Advice is null));
        Assert.All(checks, check => Assert.NotEqual("", check.Detail));
    }

    [Fact]
    public void Native_libraries_are_found_file_by_file()
    {
        var files = InstallationDoctor.Examine(".")
            .Where(check => check.Name.Contains("torch", StringComparison.OrdinalIgnoreCase) && Path.HasExtension(check.Name)).ToList();
        Assert.Equal(3, files.Count);
        Assert.All(files, check => Assert.Equal(InstallationState.Ok, check.State));
        Assert.All(files, check => Assert.True(File.Exists(check.Detail.Split('\'')[1]), check.Detail));

        // libtorch.so has only a few kilobytes, and loads the others.
        Assert.All(files, check => Assert.Matches(@"', [1-9][0-9.]* [kM]B$", check.Detail));
    }

    /// <summary>A truncated library makes several checks fail, and the examination continues.</summary>
    [Fact]
    public void Changed_file_of_the_installed_libraries_is_reported_for_each_of_them()
    {
        using var folder = new TemporaryFolder();
        using var variables = new EnvironmentVariables();
        variables.Set(InstalledRuntime.FolderVariable, folder.Path);
        var place = Directory.CreateDirectory(InstalledRuntime.FolderOf(null)).FullName;
        var runtime = new InstalledRuntime("a", place, "cpu", null, DateTime.UtcNow, [], [new("c10.so", 5, "")]);
        runtime.Write(place);
        File.WriteAllText(Path.Combine(place, "c10.so"), "x");

        var failed = InstallationDoctor.Examine(".").Where(check => check.Detail.Contains("c10.so", StringComparison.Ordinal)).ToList();

        Assert.InRange(failed.Count, 2, 10);
        Assert.All(failed, check => Assert.Equal(InstallationState.Failed, check.State));
        Assert.All(failed, check => Assert.Equal($"{check.Name}: Failed, {check.Detail} {check.Advice}", $"{check}"));
    }

    [Fact]
    public void Unreadable_record_of_the_installed_libraries_is_reported()
    {
        using var folder = new TemporaryFolder();
        using var variables = new EnvironmentVariables();
        variables.Set(InstalledRuntime.FolderVariable, folder.Path);
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(InstalledRuntime.FolderOf(null)).FullName, "manifest.json"), "{ damaged");
        var checks = InstallationDoctor.Examine(".").ToList();
        Assert.Contains(checks, check => check is { Name: "cuDNN", State: InstallationState.Failed });
        Assert.Contains(checks, check => check is { Name: "disk" });
    }

    [Theory]
    [InlineData(100_000_000, InstallationState.Missing)]
    [InlineData(5_000_000_000, InstallationState.Ok)]
    public void A_nearly_full_disk_is_reported(long free, InstallationState expected) =>
        Assert.Equal(expected, InstallationDoctor.Disk(".", free).State);

    [Fact]
    public void A_disk_that_cannot_be_queried_is_reported() =>
        Assert.Equal(InstallationState.Missing, InstallationDoctor.Disk("\0").State);

    [Theory]
    [InlineData("TERM", "dumb", InstallationState.Missing, "neither images nor colors")]
    [InlineData("TERM", "xterm-256color", InstallationState.Ok, "half-block characters in 256 colors")]
    [InlineData("TERM", "xterm-kitty", InstallationState.Ok, "Kitty")]
    [InlineData("TERM", "foot", InstallationState.Ok, "sixels")]
    public void Terminal_features_are_reported(string variable, string value, InstallationState state, string detail)
    {
        var check = InstallationDoctor.Terminal(name => name == variable ? value : null);
        Assert.Equal(state, check.State);
        Assert.Contains(detail, check.Detail, StringComparison.Ordinal);
    }
}
