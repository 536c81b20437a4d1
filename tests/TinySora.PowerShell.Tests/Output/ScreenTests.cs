using System.Management.Automation;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Output;

/// <summary>The output on the screen: tables whose rows can be distinguished at any width, and progress that ends.</summary>
[Collection(nameof(CmdletTests))]
public sealed class ScreenTests(TrainedWorkspace trained) : IClassFixture<TrainedWorkspace>
{
    private readonly Workspace workspace = trained.Workspace;

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(200)]
    public void Names_are_complete_at_any_width(int width)
    {
        foreach (var run in (string[])["one", "two"])
        {
            workspace.Good($"Start-TinySoraTraining tiny.yaml -ResultsPath wide/{run}");
        }

        foreach (var line in (string[])[
            "Get-TinySoraCheckpoint wide/*", "Start-TinySoraTraining tiny.yaml -ResultsPath wide/one; Start-TinySoraTraining tiny.yaml -ResultsPath wide/two",
            "Get-TinySoraRun wide", "Compare-TinySoraRun wide"])
        {
            var text = (string)workspace.Good($"& {{ {line} }} | Out-String -Width {width}").Objects[0]!;
            var names = line.StartsWith("Compare", StringComparison.Ordinal) ? text : LastColumn(text);
            Assert.All((string[])["one", "two"], run => Assert.Contains(run, names, StringComparison.Ordinal));
            Assert.DoesNotContain("\u2026", text, StringComparison.Ordinal);
        }

        var videos = LastColumn((string)workspace.Good(
            $"Invoke-TinySoraGenerate 'a large red circle moving right', 'a large red circle moving left' -OutputPath wide/videos -Force | Out-String -Width {width}").Objects[0]!);
        Assert.Contains(FromHere("wide", "videos", "a_large_red_circle_moving_right.gif"), videos, StringComparison.Ordinal);
        Assert.Contains(FromHere("wide", "videos", "a_large_red_circle_moving_left.gif"), videos, StringComparison.Ordinal);
    }

    /// <summary>The window of the tests has 120 columns.</summary>
    [Fact]
    public void Requested_width_takes_precedence_over_that_of_the_window()
    {
        var name = new string('n', 90);
        var line = $"Invoke-TinySoraGenerate 'a red circle' -OutputName {name} -OutputPath wide -Force | Out-String -Width";
        Assert.Contains(FromHere("wide", $"{name}.gif"), (string)workspace.Good($"{line} 200").Objects[0]!, StringComparison.Ordinal);
        Assert.DoesNotContain(FromHere("wide", $"{name}.gif"), (string)workspace.Good($"{line} 100").Objects[0]!, StringComparison.Ordinal);
    }

    [Fact]
    public void Descriptions_are_wrapped_between_words()
    {
        var entry = workspace.Good("Get-TinySoraConfig -Key model.cond_dim");
        var words = ((string)entry.Values("Description")[0]!).Split(' ');
        Assert.True(words.Length > 10);
        Assert.Equal(words, entry.Output.ReplaceLineEndings("\n").Split('\n').SkipWhile(line => !line.StartsWith("model.cond_dim", StringComparison.Ordinal))
            .SelectMany(line => line.Length > 54 ? line[54..].Split(' ', StringSplitOptions.RemoveEmptyEntries) : []));
    }

    /// <summary>Export-Csv writes the text form of a value.</summary>
    [Fact]
    public void Tables_in_files_contain_no_type_names()
    {
        var text = Text("""
            & {
                Get-TinySoraConfig; Get-TinySoraConfig shapes-vae; Get-TinySoraConfig shapes-gpt; Get-TinySoraConfig shapes-latent; Get-TinySoraConfig latte-mnist-vae
            } | ConvertTo-Csv; foreach ($one in (Get-TinySoraRun), (Compare-TinySoraRun saved_models), (Get-TinySoraDataset data), (Get-TinySoraCheckpoint)) { $one | ConvertTo-Csv }
            """);
        Assert.DoesNotContain("System.", text.Replace("\"System.", "", StringComparison.Ordinal).Replace("#TYPESystem.", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("1,2,4,8", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Invoke-TinySoraGenerate 'a red circle', 'a blue star' -OutputPath ended -Force")]
    [InlineData("1..40 | ForEach-Object { \"a red circle $_\" } | Invoke-TinySoraGenerate -OutputPath ended -Force | Select-Object -First 1")]
    [InlineData("Start-TinySoraTraining tiny.yaml -ResultsPath ended-run -PassThru | Select-Object -First 1")]
    [InlineData("Measure-TinySoraAdherence -Prompt 'a red circle moving right'")]
    [InlineData("Measure-TinySoraVideo data")]
    [InlineData("Find-TinySoraLearningRate tiny.yaml -Steps 10")]
    [InlineData("Start-TinySoraTraining tiny.yaml -DataPath nowhere -ResultsPath ended-not")]
    [InlineData("Invoke-TinySoraGenerate x -Checkpoint data")]
    public void Every_displayed_activity_ends(string line) => AssertEnded(workspace.Run(line).Progress);

    [Fact]
    public void Every_activity_of_an_autoencoder_ends()
    {
        using var other = new Workspace();
        other.Write("frames.yaml", FrameTrainingTests.Tiny);
        other.Good("New-TinySoraDataset films -Count 3 -Frames 4 -ImageSize 16; Start-TinySoraTraining frames.yaml -DataPath films -ResultsPath vae -MaxSteps 1");
        foreach (var line in (string[])["Export-TinySoraLatent vae films out -Frames 4", "ConvertFrom-TinySoraLatent out vae", "Measure-TinySoraReconstruction vae films"])
        {
            AssertEnded(other.Good(line).Progress);
        }
    }

    /// <summary>Returns a path below the current folder with the system's separators.</summary>
    private static string FromHere(params string[] parts) => Path.Combine([".", .. parts]);

    private static void AssertEnded(IReadOnlyList<ProgressRecord> progress)
    {
        Assert.NotEmpty(progress);
        Assert.All(progress.GroupBy(record => record.Activity), activity => Assert.Equal(ProgressRecordType.Completed, activity.Last().RecordType));
    }

    /// <summary>Reads the cells of a table, each of which may take several lines.</summary>
    private static string LastColumn(string table)
    {
        var lines = table.ReplaceLineEndings("\n").Split('\n').SkipWhile(line => line.Length == 0).ToList();
        var start = lines[1].TrimEnd().LastIndexOf(' ') + 1;
        return string.Concat(lines.Skip(2).Where(line => line.Length > start).Select(line => line[start..].Trim()));
    }

    /// <summary>Returns the output of a pipeline without spaces and line breaks.</summary>
    private string Text(string line) => string.Concat(string.Concat(workspace.Good(line).Objects).Where(letter => !char.IsWhiteSpace(letter)));
}
