using TinySora.Host;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Arguments by name, alias, prefix and position.</summary>
public sealed class NameBindingTests
{
    [Theory]
    [InlineData("New-Thing -Name ball -Size 5")]
    [InlineData("new-thing -NAME ball -size 5")]
    [InlineData("nt -Title ball -Size:5")]
    [InlineData("New-Thing -Lab ball -Si 5")]
    [InlineData("New-Thing ball 5")]
    [InlineData("New-Thing -Size 5 ball")]
    [InlineData("New-Thing 'ball' \"5\"")]
    public void Names_aliases_prefixes_and_positions_bind_the_same(string pipeline)
    {
        var run = Samples.Run(pipeline);
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(["ball"], run.Values("Name"));
        Assert.Equal([5], run.Values("Size"));
    }

    [Fact]
    public void A_prefix_prefers_the_cmdlets_own_parameter_to_a_common_one() =>
        Assert.Equal([1, 2], (int[])Samples.Value("Show-Value -I 1,2")!);

    [Fact]
    public void An_unknown_parameter_names_the_nearest()
    {
        var message = Samples.Error("New-Thing ball -Szie 5", "NamedParameterNotFound", ExitCode.Usage).Exception.Message;
        Assert.Contains("'Szie'", message, StringComparison.Ordinal);
        Assert.Contains("-Size", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ambiguous_prefix_lists_its_matches()
    {
        var message = Samples.Error("New-Thing ball -F", "AmbiguousParameter", ExitCode.Usage).Exception.Message;
        Assert.Contains("-Finish -Force", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parameter_given_twice_is_refused() =>
        Samples.Error("New-Thing a -Size 1 -Size 2", "ParameterAlreadyBound,SampleCmdlets.NewThingCommand", ExitCode.Usage);

    [Fact]
    public void A_parameter_without_its_argument_is_refused() =>
        Samples.Error("New-Thing a -Size -Force", "MissingArgument", ExitCode.Usage);

    [Fact]
    public void An_argument_beyond_the_positions_is_refused() =>
        Assert.Contains("'c'", Samples.Error("New-Thing a 5 c", "PositionalParameterNotFound", ExitCode.Usage).Exception.Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_mandatory_parameter_is_named() =>
        Assert.Contains("parameters: Name.", Samples.Error("New-Thing", "MissingMandatoryParameter", ExitCode.Usage).Exception.Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_command_names_the_nearest()
    {
        var message = Samples.Error("New-Thng a", "CommandNotFoundException", ExitCode.Usage).Exception.Message;
        Assert.Contains("New-Thing", message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_two_hyphens_everything_is_an_argument() =>
        Assert.Equal(["-Force"], Samples.Run("New-Thing -- -Force").Values("Name"));

    [Fact]
    public void A_negative_number_is_an_argument() =>
        Assert.Equal(-5L, Samples.Value("Show-Value -Long -5"));

    [Fact]
    public void Nothing_runs_when_a_later_command_is_mistyped()
    {
        var run = Samples.Run("Get-Number | Test-Failure -Nmber 1");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Empty(run.Objects);
    }
}
