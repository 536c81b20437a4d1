using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class DatasetTests : IDisposable
{
    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Shapes_are_written_as_captioned_clips_and_one_object_with_their_folder()
    {
        var run = workspace.Good("New-TinySoraDataset -Kind Shapes -Count 4 -Path data -ImageSize 16");
        Assert.Equal(["00000.gif", "00001.gif", "00002.gif", "00003.gif"], workspace.Names("data", "*.gif"));
        Assert.Equal(4, workspace.Names("data", "*.txt").Length);
        Assert.Equal(workspace.At("data"), Assert.Single(run.Values("DataPath")));
        Assert.Equal(4, Assert.Single(run.Values("Count")));
        Assert.Equal(4, Assert.Single(run.Values("Captions")));
    }

    [Fact]
    public void Same_seed_draws_the_same_clips_and_another_seed_different_ones()
    {
        workspace.Good("New-TinySoraDataset a -Count 2 -ImageSize 16 -Seed 5");
        workspace.Good("New-TinySoraDataset b -Count 2 -ImageSize 16 -Seed 5");
        workspace.Good("New-TinySoraDataset c -Count 2 -ImageSize 16 -Seed 6");
        Assert.Equal(File.ReadAllBytes(workspace.At("a", "00001.gif")), File.ReadAllBytes(workspace.At("b", "00001.gif")));
        Assert.NotEqual(File.ReadAllBytes(workspace.At("a", "00001.gif")), File.ReadAllBytes(workspace.At("c", "00001.gif")));
    }

    [Fact]
    public void WhatIf_writes_nothing_and_WhatIf_false_writes()
    {
        var run = workspace.Good("New-TinySoraDataset data -Count 1 -WhatIf");
        Assert.Empty(run.Objects);
        Assert.False(Directory.Exists(workspace.At("data")));
        workspace.Good("New-TinySoraDataset data -Count 1 -WhatIf:$false");
        Assert.Single(workspace.Names("data", "*.gif"));
    }

    [Fact]
    public void Existing_clips_are_kept_without_force()
    {
        workspace.Good("New-TinySoraDataset data -Count 1");
        var before = File.ReadAllBytes(workspace.At("data", "00000.gif"));
        workspace.Bad("New-TinySoraDataset data -Count 1 -Seed 2", "TinySora.Data.OutputExists", ErrorCategory.ResourceExists);
        workspace.Bad("New-TinySoraDataset data -Count 1 -Seed 2 -WhatIf", "TinySora.Data.OutputExists", ErrorCategory.ResourceExists);
        Assert.Equal(before, File.ReadAllBytes(workspace.At("data", "00000.gif")));
        workspace.Good("New-TinySoraDataset data -Count 1 -Seed 2 -Force");
        Assert.NotEqual(before, File.ReadAllBytes(workspace.At("data", "00000.gif")));
    }

    [Fact]
    public void Clips_are_not_drawn_among_own_videos_unless_the_kind_is_specified()
    {
        workspace.Write("films/mine/a.gif", "");
        workspace.Bad("New-TinySoraDataset films -Count 1", "TinySora.Data.OwnClips", ErrorCategory.ResourceExists);
        workspace.Bad("New-TinySoraDataset films -Count 1 -WhatIf", "TinySora.Data.OwnClips", ErrorCategory.ResourceExists);
        Assert.Empty(workspace.Names("films"));
        workspace.Good("New-TinySoraDataset films -Count 1 -Kind Shapes; New-TinySoraDataset films -Count 1");
        workspace.Good("New-TinySoraDataset all/first -Count 1; New-TinySoraDataset all -Count 1");
    }

    [Fact]
    public void Further_skipped_videos_are_counted_in_one_warning()
    {
        workspace.Good("New-TinySoraDataset films -Count 1 -Frames 4");
        Enumerable.Range(0, 8).ToList().ForEach(i => workspace.Write($"films/bad{i}.gif", "no video"));
        var run = workspace.Good("New-TinySoraDataset clips -Source films -Frames 2 -Verbose");
        Assert.Equal("Skipped 3 more files. -Verbose lists them.", run.Warnings[^1]);
        Assert.Equal(6, run.Warnings.Count(text => text.StartsWith("Skipped", StringComparison.Ordinal)));
        Assert.Equal(3, run.Verbose.Count(text => text.StartsWith("Skipped", StringComparison.Ordinal)));
    }

    [Fact]
    public void Clips_are_cut_from_sources_named_by_wildcards_with_captions_from_a_table()
    {
        workspace.Good("New-TinySoraDataset films -Count 2 -Frames 8 -ImageSize 24");
        File.Delete(workspace.At("films", "00001.txt"));
        workspace.Write("captions.csv", "video,caption\n00000.gif,first\n");

        var run = workspace.Good(
            "New-TinySoraDataset clips -Source films/*.gif -CaptionPath captions.csv -Frames 2 -ImageSize 16 -FramesPerSecond 5 -MaxClipsPerVideo 1 -Caption second");

        Assert.Equal(2, workspace.Names("clips", "*.gif").Length);
        Assert.Equal(["first", "second"], workspace.Names("clips", "*.txt").Select(n => File.ReadAllText(workspace.At("clips", n)).Trim()));
        Assert.Equal(2, Assert.Single(run.Values("Captions")));
    }

    [Fact]
    public void Name_with_brackets_is_accepted_as_completed()
    {
        workspace.Good("New-TinySoraDataset 'a [x]' -Count 2 -ImageSize 16 -Frames 2; New-TinySoraDataset './b `[x`]' -Count 2 -ImageSize 16 -Frames 2");
        Assert.Equal(["a [x]", "b [x]"], Directory.GetDirectories(workspace.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([2, 2], workspace.Good("Get-TinySoraDataset './a `[x`]'; Get-TinySoraDataset './b `[x`]'").Values("Count"));
    }

    [Fact]
    public void Name_with_brackets_is_accepted_literally()
    {
        workspace.Good("New-TinySoraDataset films -Count 1 -Frames 4");
        File.Move(workspace.At("films", "00000.gif"), workspace.At("films", "take[1].gif"));
        workspace.Good("New-TinySoraDataset clips -Source 'films/take[1].gif' -Frames 2");
        Assert.NotEmpty(workspace.Names("clips", "*.gif"));
    }

    [Fact]
    public void Broken_source_among_good_ones_is_skipped_listed_and_reported()
    {
        workspace.Good("New-TinySoraDataset films -Count 2 -Frames 4");
        File.WriteAllBytes(workspace.At("films", "00000.gif"), [1, 2, 3]);

        var run = workspace.Run("New-TinySoraDataset clips -Source films -Frames 2");

        Assert.True(run.Succeeded, run.ErrorOutput);
        Assert.NotEmpty(workspace.Names("clips", "*.gif"));
        Assert.Single((System.Collections.IEnumerable)Assert.Single(run.Values("Skipped"))!);
        Assert.Contains(run.Warnings, w => w.Contains("00000.gif", StringComparison.Ordinal));
    }

    [Fact]
    public void Invalid_import_is_refused_with_WhatIf_too()
    {
        workspace.Good("New-TinySoraDataset films -Count 2 -Frames 4 -ImageSize 16");
        workspace.Write("clips/00000-000.gif", "mine");
        workspace.Bad("New-TinySoraDataset clips -Source films -Frames 2 -WhatIf", "TinySora.Data.OutputExists", ErrorCategory.ResourceExists);
        workspace.Bad("New-TinySoraDataset clips -Source nowhere -WhatIf", "TinySora.Data.SourceMissing", ErrorCategory.ObjectNotFound);
        workspace.Bad("New-TinySoraDataset clips -Kind Archive -Source films -WhatIf", "TinySora.Data.NoArchive", ErrorCategory.InvalidArgument);
        Assert.Contains("What if: ", workspace.Good("New-TinySoraDataset other -Source films -Frames 2 -WhatIf").Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.At("other")));
    }

    [Fact]
    public void Pattern_that_matches_nothing_is_an_error() =>
        workspace.Bad("New-TinySoraDataset clips -Source *.mp4", "TinySora.Input.NothingMatches", ErrorCategory.ObjectNotFound);

    [Fact]
    public void Out_of_range_number_is_reported_with_its_parameter()
    {
        var error = workspace.Bad("New-TinySoraDataset data -Count 1 -ImageSize 4", "TinySora.Data.OutOfRange", ErrorCategory.InvalidArgument);
        Assert.Contains("-ImageSize is 4", error.ErrorDetails!.Message, StringComparison.Ordinal);
    }

    /// <summary>Completion with its tooltips, the help for -Kind, and the page about datasets.</summary>
    [Fact]
    public void Every_kind_is_completed_and_explained()
    {
        string[] kinds = ["Shapes", "Sprites", "SyntheticObjects", "MovingMnist", "FlyingMnist", "Videos", "MsrVtt", "Ucf101", "Archive"];
        var results = workspace.Completed("New-TinySoraDataset -Kind ");
        Assert.Equal(kinds, results.Select(r => r.CompletionText));
        Assert.All(results, r => Assert.NotEqual(r.CompletionText, r.ToolTip));

        var help = System.Xml.Linq.XDocument.Load(Path.Combine(Workspace.ModuleFolder, "en-US", "TinySora.PowerShell.dll-Help.xml"))
            .Descendants().Where(e => e.Name.LocalName == "parameter").Select(e => e.Value).Where(text => text.StartsWith("Kind", StringComparison.Ordinal)).MaxBy(text => text.Length)!;
        var page = File.ReadAllText(Path.Combine(Workspace.ModuleFolder, "en-US", "about_TinySora_Datasets.help.txt"));
        Assert.All(kinds, kind =>
        {
            Assert.Contains(kind, help, StringComparison.Ordinal);
            Assert.Contains(kind, page, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Unknown_kind_is_refused_with_all_kinds()
    {
        var error = workspace.Bad("New-TinySoraDataset data -Kind Clouds", "TinySora.Data.UnknownKind", ErrorCategory.InvalidArgument);
        Assert.All(["Shapes", "Sprites", "SyntheticObjects", "MovingMnist", "FlyingMnist", "Videos", "MsrVtt", "Ucf101", "Archive"],
            kind => Assert.Contains(kind, error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal));
    }

    [Fact]
    public void Kinds_refuse_parameters_without_meaning_for_them()
    {
        workspace.Write("films/a.gif", "");
        workspace.Bad("New-TinySoraDataset data -Kind MsrVtt", "TinySora.Data.KindNeedsSource", ErrorCategory.InvalidArgument);
        workspace.Bad("New-TinySoraDataset data -Kind MovingMnist -Source films", "TinySora.Data.KindIsDrawn", ErrorCategory.InvalidArgument);
        var error = workspace.Bad("New-TinySoraDataset data -Kind SyntheticObjects -DigitsPerClip 2", "TinySora.Data.ForeignParameter", ErrorCategory.InvalidArgument);
        Assert.Contains("MovingMnist", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Bad("New-TinySoraDataset data -Kind Shapes -LeavingDigits", "TinySora.Data.ForeignParameter", ErrorCategory.InvalidArgument);
        workspace.Bad("New-TinySoraDataset data -CaptionPath captions.csv", "TinySora.Data.ParameterNeedsSource", ErrorCategory.InvalidArgument);
        workspace.Bad("New-TinySoraDataset data -Kind Shapes -Caption 'a film'", "TinySora.Data.ForeignParameter", ErrorCategory.InvalidArgument);
        workspace.Bad("New-TinySoraDataset data -Kind Archive", "TinySora.Data.KindNeedsSource", ErrorCategory.InvalidArgument);
        workspace.Bad("New-TinySoraDataset data -Kind Archive -Source films -Frames 2", "TinySora.Data.ForeignParameter", ErrorCategory.InvalidArgument);
        workspace.Bad("New-TinySoraDataset data -Kind Archive -Source films", "TinySora.Data.NoArchive", ErrorCategory.InvalidArgument);
        Assert.False(Directory.Exists(workspace.At("data")));
    }

    [Fact]
    public void Kinds_have_their_own_default_sizes()
    {
        Needs.FFmpeg();
        workspace.Good("New-TinySoraDataset objects -Kind SyntheticObjects -Count 2");
        workspace.Good("New-TinySoraDataset digits -Kind movingmnist -Count 1 -ImageSize 24 -Width 40 -Frames 3 -DigitsPerClip 2 -Format mp4");
        Assert.Equal("{64x64: 2}|10", Look("objects"));
        Assert.Equal("{40x24: 1}|3", Look("digits"));

        string Look(string folder)
        {
            var run = workspace.Good($"Get-TinySoraDataset {folder}");
            var sizes = (System.Collections.IEnumerable)Assert.Single(run.Values("Sizes"))!;
            return $"{{{string.Join(", ", sizes.Cast<object>())}}}|{Assert.Single(run.Values("Frames"))}";
        }
    }

    [Fact]
    public void MSR_VTT_folder_becomes_captioned_clips()
    {
        Needs.FFmpeg();
        workspace.Good("New-TinySoraDataset msr/TrainValVideo -Count 3 -Frames 12 -Format mp4");
        workspace.Write("msr/captions.csv", "video_id,caption\n00000,one\n00001,two\n00001,second\n00002,three\n00009,absent\n");
        workspace.Good("Get-TinySoraDataset msr");

        var run = workspace.Run("New-TinySoraDataset data -Kind MsrVtt -Source msr -CaptionChoice All");

        Assert.Equal(["00000-000.gif", "00001-000.gif", "00001-001.gif", "00002-000.gif"], workspace.Names("data", "*.gif"));
        Assert.Equal(4, Assert.Single(run.Values("Captions")));
        Assert.Contains("that are not in the sources: 1;", Assert.Single(run.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Archive_is_imported_like_its_folder()
    {
        workspace.Good("New-TinySoraDataset films -Count 2 -Frames 4");
        System.IO.Compression.ZipFile.CreateFromDirectory(workspace.At("films"), workspace.At("films.zip"));

        workspace.Good("New-TinySoraDataset clips -Source films.zip -Frames 2 -MaxClipsPerVideo 1");

        Assert.Equal(["00000-000.gif", "00001-000.gif"], workspace.Names("clips", "*.gif"));
        workspace.Write("bad.zip", "no archive");
        workspace.Bad("New-TinySoraDataset other -Source bad.zip", "TinySora.Data.DamagedArchive", ErrorCategory.InvalidData);
    }

    /// <summary>The dataset is drawn, packed, unpacked and trained on.</summary>
    [Fact]
    public void Flying_digits_are_videos_in_splits_with_masks_and_flow_that_unpack_and_train()
    {
        Needs.FFmpeg();
        workspace.Write("flying.yaml", Workspace.TinyConfig.Replace("text_encoder: learned", "text_encoder: none", StringComparison.Ordinal)
            .Replace("cond_dim: 16", "cond_dim: null", StringComparison.Ordinal).Replace("seed: 1", "seed: 1\n  drop_short_clips: true", StringComparison.Ordinal));
        const string Line = "New-TinySoraDataset made/flying -Kind FlyingMnist -Count 2 -ImageSize 64 -Width 80 -Frames 3 -MaxDigits 2 -Digits 1,7 "
            + "-MinDigitSize 9 -MaxDigitSize 20 -MaxSpeed 4 -LeavingDigits -Segmentation -OpticalFlow";

        var run = workspace.Good(Line);

        Assert.Equal(3, Assert.Single(run.Values("Count")));
        Assert.Equal(["00000.mp4", "00001.mp4"], workspace.Names("made/flying/train"));
        Assert.Equal(["00000.png", "00001.png", "00002.png"], workspace.Names("made/flying/val/Annotations/00000"));
        Assert.Equal(3, workspace.Names("made/flying/train/OpticalFlow/00001", "*.flo").Length);
        workspace.Good(Line);
        workspace.Bad($"{Line} -WhiteDigits", "TinySora.Data.OutputExists", ErrorCategory.ResourceExists);

        Directory.Delete(workspace.At("made", "flying", ".tinysora"), recursive: true);
        System.Formats.Tar.TarFile.CreateFromDirectory(workspace.At("made"), workspace.At("flying.tar"), includeBaseDirectory: false);
        Assert.Empty(workspace.Good("New-TinySoraDataset data -Kind Archive -Source flying.tar -WhatIf").Objects);
        Assert.False(Directory.Exists(workspace.At("data")));

        var trained = workspace.Good("New-TinySoraDataset data -Kind Archive -Source flying.tar | Start-TinySoraTraining flying.yaml");

        Assert.Equal(2, Assert.Single(trained.Values("Clips")));
        Assert.Equal(3, workspace.Names("data/flying/train/OpticalFlow/00001", "*.flo").Length);
        Assert.Equal(["flying"], Directory.GetDirectories(workspace.At("data")).Select(Path.GetFileName).Where(n => n![0] != '.'));
    }

    [Fact]
    public void Pictures_become_clips_with_several_captions_and_each_unusable_picture_is_one_error()
    {
        Directory.CreateDirectory(workspace.At("pictures"));
        foreach (var noun in (string[])["cat", "fire-truck", "owl"])
        {
            File.WriteAllBytes(workspace.At("pictures", $"{noun}.png"), Workspace.Picture);
        }

        const string Line = "New-TinySoraDataset data -Kind Sprites -Source pictures -Count 6 -ImageSize 16 -Frames 2 -Background black -CaptionCount 3";
        Assert.Empty(workspace.Good($"{Line} -WhatIf").Objects);
        Assert.Equal(6, Assert.Single(workspace.Good(Line).Values("Count")));
        Assert.All(workspace.Names("data", "*.txt"), name => Assert.InRange(File.ReadAllLines(workspace.At("data", name)).Length, 2, 3));
        workspace.Good($"{Line.Replace("data", "pairs", StringComparison.Ordinal)} -Content relation");
        string[] nouns = ["cat", "truck", "owl"];
        Assert.All(
            workspace.Names("pairs", "*.txt").Select(name => File.ReadAllText(workspace.At("pairs", name))),
            captions => Assert.Equal(2, nouns.Count(noun => captions.Contains(noun, StringComparison.Ordinal))));
        workspace.Bad($"{Line} -IncludeHeldOut", "TinySora.Data.OutputExists", ErrorCategory.ResourceExists);

        workspace.Write("pictures/broken.png", "no picture");
        var run = workspace.Run("Get-ChildItem pictures/*.png | New-TinySoraDataset more -Kind Sprites -Count 2 -ImageSize 16 -Frames 2");
        Assert.Equal(["TinySora.Media.Corrupt,TinySora.PowerShell.Cmdlets.Datasets.NewTinySoraDatasetCommand"], run.Errors.Select(e => e.FullyQualifiedErrorId));
        Assert.Equal(2, workspace.Names("more", "*.gif").Length);
        workspace.Bad("New-TinySoraDataset other -Kind Sprites -Source nowhere", "TinySora.Data.SourceMissing", ErrorCategory.ObjectNotFound);
        workspace.Bad("New-TinySoraDataset other -Source pictures -Count 2", "TinySora.Data.ForeignParameter", ErrorCategory.InvalidArgument);
        workspace.Bad("New-TinySoraDataset other -CaptionCount 2", "TinySora.Data.ForeignParameter", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Preview_is_a_numbered_picture_of_a_piped_dataset()
    {
        workspace.Good("New-TinySoraDataset data -Count 9 | Show-TinySoraDataset -OutputPath sheet.png -WhatIf");
        Assert.False(File.Exists(workspace.At("sheet.png")));

        var run = workspace.Good("New-TinySoraDataset data -Count 9 | Show-TinySoraDataset -OutputPath sheet.png -Seed 3");

        Assert.Equal(workspace.At("sheet.png"), Assert.Single(run.Values("Path")));
        Assert.Equal(8, ((System.Collections.ICollection)Assert.Single(run.Values("Clips"))!).Count);
        var first = File.ReadAllBytes(workspace.At("sheet.png"));
        workspace.Bad("Show-TinySoraDataset data -OutputPath sheet.png", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        workspace.Good("Show-TinySoraDataset data -OutputPath sheet.png -Seed 3 -Force");
        Assert.Equal(first, File.ReadAllBytes(workspace.At("sheet.png")));
        workspace.Good("Show-TinySoraDataset data -OutputPath sheet.png -Seed 4 -Force");
        Assert.NotEqual(first, File.ReadAllBytes(workspace.At("sheet.png")));
        workspace.Bad("Show-TinySoraDataset films -OutputPath x.png", "TinySora.Data.FolderMissing", ErrorCategory.ObjectNotFound);
        workspace.Bad("Show-TinySoraDataset films -OutputPath x.png -WhatIf", "TinySora.Data.FolderMissing", ErrorCategory.ObjectNotFound);
        workspace.Bad("Show-TinySoraDataset data -OutputPath x.jpg -WhatIf", "TinySora.Media.UnwritableFormat", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Preview_is_named_after_its_dataset_and_replaced_when_drawn_again()
    {
        workspace.Good("New-TinySoraDataset data -Count 2; New-TinySoraDataset other -Count 2 -Seed 1");
        workspace.Good("Show-TinySoraDataset data; Show-TinySoraDataset other; Show-TinySoraDataset data -Count 1");
        Assert.Equal(["data.png", "other.png"], workspace.Names(".", "*.png"));

        File.WriteAllBytes(workspace.At("other.png"), Workspace.Picture);
        workspace.Bad("Show-TinySoraDataset other", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
    }

    [Fact]
    public void Several_folders_are_read_by_name_by_pattern_and_literally()
    {
        workspace.Good("New-TinySoraDataset one -Count 2; New-TinySoraDataset 'two[1]' -Count 3");
        Assert.Equal([2, 3], workspace.Good("Get-TinySoraDataset one, 'two[1]'").Values("Count"));
        Assert.Equal([2, 3], workspace.Good("Get-TinySoraDataset *").Values("Count"));
        Assert.Equal([3], workspace.Good("Get-TinySoraDataset -LiteralPath 'two[1]'").Values("Count"));
        Assert.Equal([true, true], workspace.Good("Test-TinySoraDataset one, 'two[1]' -Quiet").Objects);
    }

    [Fact]
    public void Summary_counts_clips_and_captions()
    {
        workspace.Good("New-TinySoraDataset data -Count 4");
        File.Delete(workspace.At("data", "00001.txt"));
        var run = workspace.Good("Get-TinySoraDataset data");
        Assert.Equal([4, 3, 3, "5"], new[] { "Count", "Captioned", "Captions", "Frames" }.Select(p => Assert.Single(run.Values(p)) is var v && v is int ? v : v!.ToString()));
        workspace.Bad("Get-TinySoraDataset nowhere", "TinySora.Data.FolderMissing", ErrorCategory.ObjectNotFound);
    }

    /// <summary>T15 in the list of features: a short training on digits learns something.</summary>
    [Fact]
    public void Two_hundred_steps_on_moving_digits_lower_the_loss()
    {
        workspace.Write("digits.yaml", Workspace.TinyConfig.Replace("train_num_steps: 3", "train_num_steps: 200\n  train_lr: 0.002", StringComparison.Ordinal));
        workspace.Good("New-TinySoraDataset data -Kind MovingMnist -Count 16 -ImageSize 16 -Frames 2 | Start-TinySoraTraining digits.yaml");

        var losses = File.ReadLines(workspace.At("saved_models", "metrics.jsonl"))
            .Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("loss").GetDouble()).ToList();
        Assert.Equal(200, losses.Count);
        Assert.InRange(losses[^40..].Average(), 0, 0.8 * losses[..40].Average());
    }

    [Fact]
    public void Missing_ffmpeg_is_reported_with_the_command_that_installs_it()
    {
        workspace.Write("film.mp4", "no film");
        var error = workspace.BadWithoutPrograms(
            "New-TinySoraDataset clips -Source film.mp4", "TinySora.Media.FFmpegMissing", ErrorCategory.NotInstalled);
        Assert.Contains("ffmpeg", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
    }
}
