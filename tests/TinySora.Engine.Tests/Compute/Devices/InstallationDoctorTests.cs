using TinySora.Engine.Compute.Devices;

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
