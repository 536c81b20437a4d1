using TinySora.Host;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Parameters from the objects of the pipeline.</summary>
public sealed class PipelineBindingTests
{
    [Fact]
    public void A_text_binds_by_value() =>
        Assert.Equal(["a"], Samples.Run("Show-Value -Text a | New-Thing").Values("Name"));

    [Fact]
    public void Properties_bind_by_name_and_by_alias()
    {
        using Samples samples = new();
        samples.Write("things.csv", "Title,Size,Finish\nball,3,Painted\nbox,4,Rough\n");
        var run = samples.RunHere("Import-Csv things.csv | New-Thing");
        Assert.Equal(["ball", "box"], run.Values("Name"));
        Assert.Equal([3, 4], run.Values("Size"));
        Assert.Equal(["Painted", "Rough"], run.Values("Finish").Select(f => f!.ToString()));
    }

    [Fact]
    public void The_command_line_wins_over_the_pipeline()
    {
        using Samples samples = new();
        samples.Write("things.csv", "Name,Size\nball,3\n");
        Assert.Equal([7], samples.RunHere("Import-Csv things.csv | New-Thing -Size 7").Values("Size"));
    }

    [Fact]
    public void What_one_object_set_does_not_stay_for_the_next()
    {
        using Samples samples = new();
        samples.Write("a.csv", "Name,Size,Note\nx,1,mine\n");
        samples.Write("b.csv", "Name,Size\ny,2\n");
        Assert.Equal(["x 1 mine", "y 2 none"], samples.RunHere("Import-Csv a.csv,b.csv | Set-Thing").Objects);
    }

    [Fact]
    public void An_object_without_a_mandatory_property_is_reported_and_the_next_goes_on()
    {
        using Samples samples = new();
        samples.Write("a.csv", "Name\nx\n");
        samples.Write("b.csv", "Name,Size\ny,2\n");
        var run = samples.RunHere("Import-Csv a.csv,b.csv | Set-Thing");
        Assert.StartsWith("InputObjectMissingMandatory,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("Size", run.Errors[0].Exception.Message, StringComparison.Ordinal);
        Assert.Equal(["y 2 none"], run.Objects);
        Assert.Equal(ExitCode.Errors, run.ExitCode);
    }

    [Fact]
    public void A_value_that_is_refused_is_reported_and_the_next_goes_on()
    {
        using Samples samples = new();
        samples.Write("a.csv", "Name,Size\nx,500\ny,5\n");
        var run = samples.RunHere("Import-Csv a.csv | New-Thing");
        Assert.StartsWith("ParameterArgumentValidationError,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(["y"], run.Values("Name"));
    }

    [Fact]
    public void A_value_that_cannot_be_converted_is_left_out_with_a_warning()
    {
        using Samples samples = new();
        samples.Write("a.csv", "Name,Size\nx,big\n");
        var run = samples.RunHere("Import-Csv a.csv | New-Thing");
        Assert.Equal([10], run.Values("Size"));
        Assert.Contains("'big'", Assert.Single(run.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_takes_no_input_refuses_each_object()
    {
        var run = Samples.Run("Get-Number 2 | Get-Sample Custom");
        Assert.Equal(2, run.Errors.Count);
        Assert.All(run.Errors, e => Assert.StartsWith("InputObjectNotBound,", e.FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Empty(run.Objects);
    }

    [Fact]
    public void No_input_means_no_error_for_a_mandatory_parameter() =>
        Assert.Empty(Samples.Objects("Get-Number 0 | New-Thing"));
}
