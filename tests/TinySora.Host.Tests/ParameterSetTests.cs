using TinySora.Host;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Which parameter set the arguments choose.</summary>
public sealed class ParameterSetTests
{
    [Theory]
    [InlineData("Find-Thing", "ByName")]
    [InlineData("Find-Thing ball", "ByName")]
    [InlineData("Find-Thing -Id 3", "ById")]
    [InlineData("Find-Thing -Id 3 -Deep", "ById")]
    [InlineData("New-Thing ball | Find-Thing", "ByThing")]
    [InlineData("New-Thing ball | Find-Thing -Deep", "ByThing")]
    [InlineData("Join-Thing -Glue strong", "Glue")]
    [InlineData("Join-Thing -Nails 4", "Nails")]
    public void Arguments_choose_the_set(string pipeline, string set) => Assert.Equal(set, Samples.Value(pipeline));

    [Fact]
    public void Parameters_of_different_sets_exclude_each_other() =>
        Samples.Error("Find-Thing -Name a -Id 3", "AmbiguousParameterSet", ExitCode.Usage);

    [Fact]
    public void Without_default_and_without_arguments_the_forms_are_listed()
    {
        var message = Samples.Error("Join-Thing", "AmbiguousParameterSet", ExitCode.Usage).Exception.Message;
        Assert.Contains("Join-Thing -Glue <string>", message, StringComparison.Ordinal);
        Assert.Contains("Join-Thing -Nails <int>", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_object_that_fits_no_valid_set_is_an_error() =>
        Samples.Error("New-Thing ball | Find-Thing -Id 3", "InputObjectNotBound", ExitCode.Errors);
}
