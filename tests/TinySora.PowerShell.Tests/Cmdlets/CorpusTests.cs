using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Split-TinySoraDataset and Export-TinySoraDataset.</summary>
[Collection(nameof(CmdletTests))]
public sealed class CorpusTests : IDisposable
{
    private readonly Workspace workspace = new();

    public CorpusTests() => workspace.AddCorpus();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void MSR_VTT_is_split_and_exported_to_Arrow_parts_in_one_line()
    {
        var splits = workspace.Run("Split-TinySoraDataset -d msr -o collated");
        Assert.Empty(splits.Errors);
        Assert.Equal(["train", "val", "test"], splits.Values("Split"));
        Assert.Equal([2, 1, 0], splits.Values("Videos"));
        Assert.Equal([3, 1, 0], splits.Values("Captions"));
        Assert.Equal(2, splits.Warnings.Count);
        Assert.Equal(["00000.mp4", "00001.mp4"], workspace.Names("collated/train/videos"));

        // The third split is empty: it has its own error, and the others are exported.
        var parts = workspace.Run("Split-TinySoraDataset msr collated | Export-TinySoraDataset -OutputPath arrow -TextEncoderPath clip -Parts 5 -Device cpu");
        Assert.StartsWith("TinySora.Data.CaptionsUnreadable,", Assert.Single(parts.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(
            [workspace.At("arrow", "train", "part-00000"), workspace.At("arrow", "train", "part-00001"), workspace.At("arrow", "val", "part-00000")],
            parts.Values("Path"));
        Assert.Equal([2L, 1L, 1L], parts.Values("Rows"));
        Assert.True(File.Exists(workspace.At("arrow", "val", "part-00000", "state.json")));
    }

    [Fact]
    public void Option_names_of_the_original_work_and_WhatIf_writes_nothing()
    {
        Assert.Empty(workspace.Good("Split-TinySoraDataset msr collated -WhatIf").Objects);
        Assert.False(Directory.Exists(workspace.At("collated")));
        Assert.Empty(workspace.Good("Export-TinySoraDataset -c captions.jsonl -v msr/videos/all -o arrow -TextModel clip -WhatIf").Objects);
        Assert.False(Directory.Exists(workspace.At("arrow")));

        var run = workspace.Run("Export-TinySoraDataset -c captions.jsonl -v msr/videos/all -o arrow -n 1 -TextModel clip -MaxFrames 2");
        Assert.Equal([2], run.Values("TooLong"));
        Assert.Contains("Videos with more than 2 frames were skipped: 2 of 2", Assert.Single(run.Warnings), StringComparison.Ordinal);
        workspace.Bad("Export-TinySoraDataset -c captions.jsonl -v msr/videos/all -o arrow -n 1 -TextModel clip", "TinySora.Data.OutputExists", ErrorCategory.ResourceExists);
        Assert.Equal([3L], workspace.Good("Export-TinySoraDataset -c captions.jsonl -v msr/videos/all -o arrow -n 1 -TextModel clip -Force").Values("Rows"));
    }

    [Fact]
    public void Codebook_indices_of_videos_are_exported_and_decode_to_videos()
    {
        var config = VideoAutoencoderTests.Config.Replace("{0}", "videogpt", StringComparison.Ordinal);
        workspace.Write("vq.yaml", config.Replace("validate_every: 2 epochs", "validate_every: 0", StringComparison.Ordinal)
            .Replace("best_by: val.recon", "best_by: loss", StringComparison.Ordinal));
        workspace.Good("New-TinySoraDataset clips -Count 2 -ImageSize 16 -Frames 4");
        workspace.Good("Start-TinySoraTraining vq.yaml -DataPath clips -ResultsPath vq -MaxSteps 1");

        // Videos of 3 frames of 16 x 16 pixels, with strides of 2, 4 and 4.
        var line = "Export-TinySoraDataset captions.jsonl msr/videos/all arrow -TextEncoderPath clip -Parts 1 -Checkpoint vq";
        Assert.Equal([3L], workspace.Good(line).Values("Rows"));
        var videos = workspace.Good("ConvertFrom-TinySoraLatent arrow/part-00000 vq -OutputPath back");
        Assert.Equal(["00000.gif", "00001.gif"], workspace.Names("back"));
        Assert.All(videos.Objects.Zip(videos.Values("Frames"), videos.Values("Height")), size => Assert.Equal((2, 16), ((int)size.Second!, (int)size.Third!)));

        workspace.Good($"{line} -Resolution 8 -Force");
        Assert.Equal([8, 8], workspace.Good("ConvertFrom-TinySoraLatent arrow/part-00000 vq -OutputPath back -Force").Values("Width"));
        workspace.Good("Start-TinySoraTraining vq.yaml -DataPath clips -ResultsPath other -MaxSteps 2");
        workspace.Bad("ConvertFrom-TinySoraLatent arrow/part-00000 other -OutputPath no", "TinySora.Latent.OtherCodec", ErrorCategory.InvalidData);
    }

    [Fact]
    public void Missing_parts_and_encoders_are_errors_with_instructions()
    {
        File.Delete(workspace.At("msr", "annotation", "MSR_VTT.json"));
        workspace.Bad("Split-TinySoraDataset msr out", "TinySora.Data.PartsMissing", ErrorCategory.ObjectNotFound);
        workspace.Write("c.json", """[{"file": "00000.mp4", "captions": ["one"]}]""");
        workspace.Bad("Export-TinySoraDataset c.json msr/videos/all arrow -TextEncoderPath msr", "TinySora.Model.EncoderFilesMissing", ErrorCategory.ObjectNotFound);
        workspace.Bad("Export-TinySoraDataset absent.json msr/videos/all arrow -TextEncoderPath clip", "TinySora.Data.SourceMissing", ErrorCategory.ObjectNotFound);
        workspace.Bad("Export-TinySoraDataset c.json films arrow -TextEncoderPath clip", "TinySora.Data.SourceMissing", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Videos_of_classes_are_selected_by_a_filter()
    {
        workspace.Good("New-TinySoraDataset ucf/TaiChi -Count 1 -Frames 20 -Format mp4");
        workspace.Good("New-TinySoraDataset ucf/PullUps -Count 1 -Frames 20 -Format mp4 -Seed 2");
        foreach (var label in new[] { "TaiChi", "PullUps" })
        {
            File.Delete(workspace.At("ucf", label, "00000.txt"));
            File.Move(workspace.At("ucf", label, "00000.mp4"), workspace.At("ucf", label, $"v_{label}_g01_c01.mp4"));
        }

        workspace.Write("filter.txt", "*_TaiChi*\n");
        workspace.Good("New-TinySoraDataset data -Kind Ucf101 -Source ucf -FilterPath filter.txt");
        Assert.Equal(["v_TaiChi_g01_c01-000.gif"], workspace.Names("data", "*.gif"));
        Assert.Equal("tai chi\n", File.ReadAllText(workspace.At("data", "v_TaiChi_g01_c01-000.txt")));
    }
}
