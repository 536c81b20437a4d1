using System.Collections;
using TinySora.Host;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Arguments become what parameters take, or are refused with a reason.</summary>
public sealed class ConversionTests
{
    public static TheoryData<string, object> Values => new()
    {
        { "-Long 9007199254740993", 9007199254740993L },
        { "-Long 0x10", 16L },
        { "-Long 2kb", 2048L },
        { "-Double 1.5e3", 1500.0 },
        { "-Bool $true", true },
        { "-Bool 0", false },
        { "-TimeSpan 00:01:30", TimeSpan.FromSeconds(90) },
        { "-Nullable 4", 4 },
        { "-Nullable 2.5", 2 },
        { "-Ints 1,2,3", new[] { 1, 2, 3 } },
        { "-Ints 7", new[] { 7 } },
        { "-Ints @(1, 2)", new[] { 1, 2 } },
        { "-Texts a,b", new List<string> { "a", "b" } },
        { "-Text 010", "010" },
        { "-Text a,b", "a,b" },
        { "-Text 'it''s'", "it's" },
        { "-Text \"a`tb \"\"c\"\"\"", "a\tb \"c\"" },
        { "-Anything 10", 10 },
        { "-Anything '10'", "10" },
        { "-Anything 1.5", 1.5 },
        { "-Address https://example.org/a", new Uri("https://example.org/a") },
        { "-Time 2024-02-29", new DateTime(2024, 2, 29) },
        { "-Doubled 4", 8 },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_typed_value_becomes_the_parameters_type(string arguments, object expected) =>
        Assert.Equal(expected, Assert.Single(Samples.Objects($"Show-Value {arguments}")));

    [Fact]
    public void A_table_of_values_keeps_numbers_and_texts()
    {
        var table = Assert.IsType<Hashtable>(Samples.Value("Show-Value -Table @{ dim = 32; name = 'a b'; rate=1e-3; on=$true; list = 1,2 }"));
        Assert.Equal(32, table["dim"]);
        Assert.Equal("a b", table["NAME"]);
        Assert.Equal(0.001, table["rate"]);
        Assert.Equal(true, table["on"]);
        Assert.Equal(new object[] { 1, 2 }, table["list"]);
    }

    [Fact]
    public void A_path_becomes_a_file() =>
        Assert.Equal("clip.gif", Assert.IsType<FileInfo>(Samples.Value("Show-Value -File clip.gif")).Name);

    [Fact]
    public void The_beginning_of_a_name_is_enough_for_an_enumeration() =>
        Assert.Equal("Polished", Samples.Run("New-Thing a -Finish pol").Values("Finish").Single()!.ToString());

    [Fact]
    public void A_wrong_name_of_an_enumeration_lists_the_right_ones() =>
        Assert.Contains("Rough, Polished, Painted",
            Samples.Error("New-Thing a -Finish shiny", "CannotConvertArgumentNoMessage", ExitCode.Usage).Exception.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("-Long abc", "'Long'")]
    [InlineData("-Long 1e30", "'Long'")]
    [InlineData("-Ints 1,x", "'Ints'")]
    [InlineData("-TimeSpan soon", "'TimeSpan'")]
    [InlineData("-Bool maybe", "'Bool'")]
    public void A_value_of_the_wrong_kind_names_the_parameter(string arguments, string name) =>
        Assert.Contains(name, Samples.Error($"Show-Value {arguments}", "CannotConvertArgumentNoMessage", ExitCode.Usage).Exception.Message, StringComparison.Ordinal);

    [Fact]
    public void Several_values_for_one_are_refused() =>
        Samples.Error("Show-Value -Text 'a','b'", "CannotConvertArgument", ExitCode.Usage);

    [Theory]
    [InlineData("-WhatIf:$false", 1)]
    [InlineData("-WhatIf:false", 1)]
    [InlineData("-WhatIf", 0)]
    [InlineData("-WhatIf:$true", 0)]
    public void A_switch_may_be_given_a_value(string argument, int things)
    {
        var run = Samples.Run($"New-Thing a {argument}");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(things, run.Objects.Count);
    }

    [Theory]
    [InlineData("New-Thing a -Size 0", "'Size'", "greater than or equal to 1")]
    [InlineData("New-Thing a -Size 101", "'Size'", "less than or equal to 100")]
    [InlineData("New-Thing a -Material Glass", "'Material'", "Wood,Stone")]
    [InlineData("Show-Value -Filled ''", "'Filled'", "null or empty")]
    [InlineData("Show-Value -Lower A1", "'Lower'", "^[a-z]+$")]
    public void A_value_that_an_attribute_refuses_says_why(string pipeline, string name, string why)
    {
        var message = Samples.Error(pipeline, "ParameterArgumentValidationError,SampleCmdlets.", ExitCode.Usage).Exception.Message;
        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("New-Thing ''", "ParameterArgumentValidationErrorEmptyStringNotAllowed")]
    [InlineData("New-Thing $null", "ParameterArgumentValidationErrorNullNotAllowed")]
    [InlineData("New-Thing @()", "ParameterArgumentValidationErrorEmptyArrayNotAllowed")]
    public void A_mandatory_parameter_refuses_nothing(string pipeline, string id) => Samples.Error(pipeline, id, ExitCode.Usage);

    [Fact]
    public void A_transformation_that_fails_names_the_parameter() =>
        Assert.Contains("'Doubled'", Samples.Error("Show-Value -Doubled x", "ParameterArgumentTransformationError", ExitCode.Usage).Exception.Message, StringComparison.Ordinal);
}
