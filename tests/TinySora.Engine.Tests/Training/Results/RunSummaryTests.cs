using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Training.Results;

/// <summary>Summaries as a job scheduler reads them.</summary>
public sealed class RunSummaryTests : IDisposable
{
    private static readonly TrainingResult Done = new("results", "results/step-4.safetensors", 4, 0.25, TimeSpan.FromSeconds(1), RunState.Completed, 6, 0, 0);

    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("summary.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Successful_run_is_summarized()
    {
        Assert.Same(Done, RunSummary.Record(Target, "results", () => Done));
        var summary = Read();
        Assert.Equal("Completed", summary.GetProperty("stopped_because").GetString());
        Assert.Equal("results/step-4.safetensors", summary.GetProperty("checkpoint").GetString());
        Assert.Equal((4, 0.25), (summary.GetProperty("step").GetInt32(), summary.GetProperty("loss").GetDouble()));
        Assert.Equal(JsonValueKind.Null, summary.GetProperty("error").ValueKind);
        Assert.True(summary.GetProperty("started_at").GetDateTimeOffset() <= summary.GetProperty("ended_at").GetDateTimeOffset());
    }

    [Fact]
    public void Run_without_steps_has_neither_a_checkpoint_nor_a_loss()
    {
        RunSummary.Record(Target, "results", () => Done with { Checkpoint = "", Loss = double.NaN, StoppedBecause = RunState.OutsideHours });
        var summary = Read();
        Assert.Equal("OutsideHours", summary.GetProperty("stopped_because").GetString());
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (summary.GetProperty("checkpoint").ValueKind, summary.GetProperty("loss").ValueKind));
    }

    [Fact]
    public void Error_is_summarized_and_thrown()
    {
        var error = DataErrors.OutOfRange("Count", 0, "1 or more");
        Assert.Same(error, Assert.Throws<TinySoraException>(() => RunSummary.Record(Target, "results", () => throw error)));
        var summary = Read();
        Assert.Equal("Failed", summary.GetProperty("stopped_because").GetString());
        var failure = summary.GetProperty("error");
        Assert.Equal((error.Id, error.Message, error.Advice), (Text("id"), Text("message"), Text("advice")));

        Assert.Throws<InvalidOperationException>(() => RunSummary.Record(Target, "results", () => throw new InvalidOperationException("a defect")));
        failure = Read().GetProperty("error");
        Assert.Equal((null, "a defect", null), (Text("id"), Text("message"), Text("advice")));

        string? Text(string name) => failure.GetProperty(name).GetString();
    }

    [Fact]
    public void Canceled_run_is_not_an_error()
    {
        Assert.Throws<OperationCanceledException>(() => RunSummary.Record(Target, "results", () => throw new OperationCanceledException()));
        Assert.Equal("Cancelled", Read().GetProperty("stopped_because").GetString());
        Assert.Equal(JsonValueKind.Null, Read().GetProperty("error").ValueKind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0")] // after a power failure
    public void Empty_file_and_earlier_summary_are_replaced(string before)
    {
        File.WriteAllText(Target, before);
        RunSummary.Record(Target, "results", () => Done);
        RunSummary.Record(Target, "results", () => Done with { Step = 5 });
        Assert.Equal(5, Read().GetProperty("step").GetInt32());
    }

    [Theory]
    [InlineData("my notes")]
    [InlineData("null")]
    [InlineData("{}")]
    public void Other_file_is_kept_and_nothing_is_trained(string before)
    {
        File.WriteAllText(Target, before);
        var error = Assert.Throws<TinySoraException>(() => RunSummary.Record(Target, "results", () => throw new InvalidOperationException("trains")));
        Assert.Equal("TinySora.Training.NoSummary", error.Id);
        Assert.Equal(before, File.ReadAllText(Target));
    }

    [Fact]
    public void Summary_is_optional()
    {
        Assert.Same(Done, RunSummary.Record(null, "results", () => Done));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    /// <summary>Training itself reports that the results folder is a file.</summary>
    [Fact]
    public void First_of_two_problems_is_reported()
    {
        Directory.CreateDirectory(Target);
        File.WriteAllText(folder.File("results"), "");
        Assert.Throws<InvalidOperationException>(() => RunSummary.Record(Target, folder.File("results"), () => throw new InvalidOperationException()));
        Assert.Equal("TinySora.Checkpoint.CannotWrite", Assert.Throws<TinySoraException>(() => RunSummary.Record(Target, "results", () => Done)).Id);
    }

    private JsonElement Read() => JsonDocument.Parse(File.ReadAllText(Target)).RootElement;
}
