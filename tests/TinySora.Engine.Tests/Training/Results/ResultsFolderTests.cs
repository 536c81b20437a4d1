using TinySora.Engine.Errors;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Training.Results;

public sealed class ResultsFolderTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void Second_trainer_is_locked_out_until_the_first_has_finished()
    {
        var path = temporary.File("a", "b");
        using (ResultsFolder.Open(path))
        {
            var error = Assert.Throws<TinySoraException>(() => ResultsFolder.Open(path));
            Assert.Equal("TinySora.Training.FolderInUse", error.Id);
            Assert.Contains($": process {Environment.ProcessId} on {Environment.MachineName}, since 20", error.Message, StringComparison.Ordinal);
        }

        ResultsFolder.Open(path).Dispose();
    }

    [Fact]
    public void Any_process_can_check_whether_a_run_uses_the_folder()
    {
        Assert.False(ResultsFolder.IsInUse(temporary.File("absent")));
        using (ResultsFolder.Open(temporary.Path))
        {
            Assert.True(ResultsFolder.IsInUse(temporary.Path));
        }

        Assert.False(ResultsFolder.IsInUse(temporary.Path));
    }

    [Fact]
    public void Stale_control_requests_are_refused()
    {
        Directory.CreateDirectory(temporary.File(".control"));
        File.WriteAllText(temporary.File(".control", "1.request"), "{}");
        using var folder = ResultsFolder.Open(temporary.Path);
        Assert.Equal([temporary.File(".control", "1.answer")], Directory.GetFiles(temporary.File(".control")));
        Assert.Empty(File.ReadAllBytes(temporary.File(".control", "1.answer")));
    }

    [Fact]
    public void Answers_are_kept_while_a_client_may_still_wait_for_them()
    {
        Directory.CreateDirectory(temporary.File(".control"));
        File.WriteAllText(temporary.File(".control", "1.answer"), "{}");
        File.WriteAllText(temporary.File(".control", "2.answer"), "{}");
        File.SetLastWriteTimeUtc(temporary.File(".control", "1.answer"), DateTime.UtcNow.AddHours(-2));
        using var folder = ResultsFolder.Open(temporary.Path);
        Assert.Equal([temporary.File(".control", "2.answer")], Directory.GetFiles(temporary.File(".control")));
    }

    [Fact]
    public void Target_of_a_link_in_place_of_the_control_folder_is_kept()
    {
        Assert.SkipUnless(!OperatingSystem.IsWindows(), "Links need rights there.");
        Directory.CreateDirectory(temporary.File("elsewhere"));
        File.WriteAllText(temporary.File("elsewhere", "1.request"), "{}");
        Directory.CreateSymbolicLink(temporary.File(".control"), temporary.File("elsewhere"));
        using var folder = ResultsFolder.Open(temporary.Path);
        Assert.Equal((true, false), (File.Exists(temporary.File("elsewhere", "1.request")), Path.Exists(temporary.File(".control"))));
    }

    [Fact]
    public void Path_that_is_a_file_is_refused()
    {
        File.WriteAllText(temporary.File("file"), "");
        var error = Assert.Throws<TinySoraException>(() => ResultsFolder.Open(temporary.File("file")));
        Assert.Equal("TinySora.Training.CannotUseFolder", error.Id);
    }

    [Fact]
    public void Lock_file_that_cannot_be_opened_is_not_mistaken_for_another_run()
    {
        Needs.Links(temporary.Path);

        File.CreateSymbolicLink(temporary.File(".lock"), temporary.File(".lock"));
        var error = Assert.Throws<TinySoraException>(() => ResultsFolder.Open(temporary.Path));
        Assert.Equal("TinySora.Training.CannotUseFolder", error.Id);
    }

    /// <summary>The error that ended the start is reported, not the failure to clean up.</summary>
    [Fact]
    public void Failed_start_is_discarded_even_if_its_folder_was_moved()
    {
        using var run = ResultsFolder.Open(temporary.File("run"));
        Directory.Move(temporary.File("run"), temporary.File("elsewhere"));
        run.DiscardFailedStart();
        Assert.True(Directory.Exists(temporary.File("elsewhere")));
    }

    [Fact]
    public void Files_of_a_run_are_moved_aside_and_others_stay()
    {
        using var folder = ResultsFolder.Open(temporary.Path);
        string[] own =
        [
            "step-00000004.safetensors", "metrics.jsonl", "config.yaml", "sample-00000004.gif", "sample-00000004.png", "preview-00000004-2.gif",
            "status.json", "dashboard.html", "events.out.tfevents.1700000000.host.0",
        ];
        foreach (var name in own.Append("diary.txt"))
        {
            File.WriteAllText(temporary.File(name), name);
        }

        var aside = folder.MoveAside();

        Assert.Equal(own.Order(), Directory.GetFiles(aside!).Select(Path.GetFileName).Order());
        Assert.Equal([".lock", ".lock-holder", "diary.txt"], Directory.GetFiles(temporary.Path).Select(Path.GetFileName).Order());
        Assert.Null(folder.MoveAside());
    }

    [Fact]
    public void Files_left_unfinished_by_a_crash_are_removed()
    {
        File.WriteAllText(temporary.File("step-00000004.safetensors.partial"), "");
        File.WriteAllText(temporary.File("download.partial"), "mine");

        using var folder = ResultsFolder.Open(temporary.Path);

        Assert.Equal([".lock", ".lock-holder", "download.partial"], Directory.GetFiles(temporary.Path).Select(Path.GetFileName).Order());
    }
}
