using System.Management.Automation;
using TinySora.Host;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Messages, errors, questions, and the parameters that steer them.</summary>
public sealed class StreamTests
{
    [Fact]
    public void An_error_shows_message_category_id_and_advice()
    {
        var run = Samples.Run("Send-Message");
        var error = Assert.Single(run.Errors);
        Assert.Equal("Sample.Thing.Broken,SampleCmdlets.SendMessageCommand", error.FullyQualifiedErrorId);
        Assert.Contains("""
            Send-Message: The thing in thing.txt is broken.
                + CategoryInfo          : InvalidData: (thing.txt:String) [Send-Message], InvalidDataException
                + FullyQualifiedErrorId : Sample.Thing.Broken,SampleCmdlets.SendMessageCommand
                + RecommendedAction     : Mend it with New-Thing.
            """.ReplaceLineEndings(), run.ErrorOutput, StringComparison.Ordinal);
        Assert.Equal(["done"], run.Objects);
        Assert.Equal(ExitCode.Errors, run.ExitCode);
    }

    [Fact]
    public void Messages_of_detail_show_only_when_asked_for()
    {
        var quiet = Samples.Run("Send-Message");
        Assert.Empty(quiet.Verbose);
        Assert.Empty(quiet.Debug);
        Assert.Empty(quiet.Information);
        Assert.Equal(["careful"], quiet.Warnings);
        var loud = Samples.Run("Send-Message -Verbose -Debug -InformationAction Continue");
        Assert.Equal(["in detail"], loud.Verbose);
        Assert.Equal(["for developers"], loud.Debug);
        Assert.Equal("for your information", Assert.Single(loud.Information).ToString());
        Assert.DoesNotContain("for your information", loud.Output, StringComparison.Ordinal); // which is no terminal here
        Assert.Contains("for your information", loud.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("VERBOSE: in detail", loud.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("WARNING: careful", loud.ErrorOutput, StringComparison.Ordinal);
        Assert.Empty(Samples.Run("Send-Message -Verbose:$false").Verbose);
    }

    [Fact]
    public void Warnings_can_be_silenced_or_end_the_pipeline()
    {
        Assert.Empty(Samples.Run("Send-Message -WarningAction SilentlyContinue").Warnings);
        var stopped = Samples.Run("Send-Message -WarningAction Stop");
        Assert.Equal(ExitCode.Errors, stopped.ExitCode);
        Assert.Empty(stopped.Objects);
    }

    [Theory]
    [InlineData("SilentlyContinue", 0, 1, ExitCode.Success)]
    [InlineData("Ignore", 0, 1, ExitCode.Success)]
    [InlineData("Continue", 1, 1, ExitCode.Errors)]
    [InlineData("Stop", 1, 0, ExitCode.Errors)]
    public void The_error_action_decides(string action, int errors, int objects, int exitCode)
    {
        var run = Samples.Run($"Send-Message -ErrorAction {action}");
        Assert.Equal(errors, run.Errors.Count);
        Assert.Equal(objects, run.Objects.Count);
        Assert.Equal(exitCode, run.ExitCode);
    }

    [Fact]
    public void Progress_is_a_plain_line_where_there_is_no_terminal()
    {
        var run = Samples.Run("Send-Message");
        Assert.Equal(50, Assert.Single(run.Progress).PercentComplete);
        Assert.Contains("Sending: half way, 50 %, 00:01:01 left", run.ErrorOutput, StringComparison.Ordinal);
        Assert.Empty(Samples.Run("Send-Message -ProgressAction SilentlyContinue").Progress);
    }

    [Fact]
    public void What_if_says_what_and_does_nothing()
    {
        var run = Samples.Run("New-Thing ball -WhatIf");
        Assert.Empty(run.Objects);
        Assert.Equal($"What if: Performing the operation \"Make thing\" on target \"ball\".{Environment.NewLine}", run.Output);
    }

    [Fact]
    public void Verbose_says_what_is_done() =>
        Assert.Equal("Performing the operation \"Make thing\" on target \"ball\".", Samples.Run("New-Thing ball -Verbose").Verbose[0]);

    [Fact]
    public void A_grave_action_asks_first()
    {
        using Samples samples = new();
        List<string> questions = [];
        var run = samples.RunHere("Remove-Thing a,b", question =>
        {
            questions.Add(question);
            return question.Contains("\"b\"", StringComparison.Ordinal);
        });
        Assert.Equal(["removed b"], run.Objects);
        Assert.Equal(2, questions.Count);
    }

    [Fact]
    public void Nobody_to_ask_is_an_error_that_says_how_to_do_without()
    {
        var error = Samples.Error("Remove-Thing a", "InvalidOperation", ExitCode.Errors);
        Assert.Contains("-Confirm:false", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(["removed a"], Samples.Objects("Remove-Thing a -Confirm:$false"));
    }

    [Fact]
    public void Confirm_asks_also_for_small_actions()
    {
        using Samples samples = new();
        Assert.Empty(samples.RunHere("New-Thing a -Confirm", _ => false).Objects);
        Assert.Single(samples.RunHere("New-Thing a -Confirm", _ => true).Objects);
    }

    [Fact]
    public void ShouldContinue_asks_even_without_confirm()
    {
        using Samples samples = new();
        Assert.Empty(samples.RunHere("Remove-Thing a -Ask -Confirm:$false", _ => false).Objects);
        Assert.Single(samples.RunHere("Remove-Thing a -Ask -Confirm:$false", _ => true).Objects);
    }
}
