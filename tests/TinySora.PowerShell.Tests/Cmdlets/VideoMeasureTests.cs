using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class VideoMeasureTests : IDisposable
{
    private readonly Workspace workspace = new();

    public VideoMeasureTests() => workspace.Good("New-TinySoraDataset data -Count 24 -ImageSize 32");

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Clips_of_the_same_world_are_near_and_those_of_another_far()
    {
        workspace.Good("New-TinySoraDataset same -Count 24 -ImageSize 32 -Seed 1000");
        workspace.Good("New-TinySoraDataset other -Kind SyntheticObjects -Count 24 -ImageSize 32");
        var near = Distance("same");
        var far = Distance("other");
        Assert.InRange(near, -far / 10, far / 10);

        double Distance(string folder)
        {
            var run = workspace.Good($"Measure-TinySoraVideo {folder} -ReferencePath data");
            Assert.Equal((24, 24), (run.Values("Clips")[0], run.Values("ReferenceClips")[0]));
            return (double)run.Values("RandomFeatureDistance")[0]!;
        }
    }

    [Fact]
    public void Files_are_accepted_from_the_pipeline_and_a_missing_one_is_one_error()
    {
        var run = workspace.Good("Measure-TinySoraVideo data/0000*.gif, data/00010.gif");
        Assert.Equal(11, Assert.Single(run.Values("Clips")));
        workspace.Bad("Measure-TinySoraVideo data missing", "TinySora.Media.NotFound", ErrorCategory.ObjectNotFound);
        workspace.Bad("Measure-TinySoraVideo data, missing", "TinySora.Media.NotFound", ErrorCategory.ObjectNotFound);
        workspace.Bad("Measure-TinySoraVideo missing.gif", "TinySora.Media.NotFound", ErrorCategory.ObjectNotFound);
    }

    /// <summary>Measures the videos of two captions among those of all.</summary>
    [Fact]
    public void Each_caption_is_compared_with_the_reference_of_the_same_caption()
    {
        workspace.Good("$clips = Get-ChildItem data -Filter *.txt | Group-Object { Get-Content $_ } | Sort-Object Name; "
            + "$null = New-Item few -ItemType Directory; $clips[0].Group + $clips[1].Group | ForEach-Object { Copy-Item ($_.FullName -replace 'txt$', '*') few }");
        var run = workspace.Good("Measure-TinySoraVideo few -ReferencePath data -ByCaption");
        Assert.Equal(2, run.Values("Clips").Count);
        Assert.Equal(run.Values("Clips"), run.Values("ReferenceClips"));
        Assert.Equal(run.Values("Flow"), run.Values("ReferenceFlow"));
        Assert.Equal(2, run.Values("Caption").Distinct().Count());
        Assert.Equal(run.Values("Caption"), run.Values("NearestCaption"));

        workspace.Good("Copy-Item few swapped -Recurse; $names = Get-Content swapped/*.txt | Select-Object -Unique; "
            + "foreach ($text in Get-ChildItem swapped/*.txt) { $own = Get-Content $text; Set-Content $text ($names | Where-Object { $_ -ne $own }) }");
        run = workspace.Good("Measure-TinySoraVideo swapped -ReferencePath data -ByCaption");
        Assert.Equal(run.Values("Caption").Reverse(), run.Values("NearestCaption"));

        workspace.Good("Copy-Item data/00000.* few; 'no such caption' > few/00000.txt");
        run = workspace.Good("Measure-TinySoraVideo few/00000.gif -ReferencePath data -ByCaption");
        Assert.Equal(("no such caption", null), (run.Values("Caption")[0], run.Values("ReferenceFlow")[0]));
    }

    [Fact]
    public void Generated_videos_have_their_prompts_as_captions()
    {
        workspace.Good("Invoke-TinySoraGenerate 'a red circle moving right', 'a blue square growing' -Checkpoint shapes-lean -Steps 1 -OutputPath made");
        var run = workspace.Good("Measure-TinySoraVideo made -ByCaption | Sort-Object Caption");
        Assert.Equal(["a blue square growing", "a red circle moving right"], run.Values("Caption"));
    }

    [Fact]
    public void Captions_without_a_readable_video_are_skipped_or_one_error_if_there_is_no_other()
    {
        workspace.Good("Set-Content data/broken.gif 'no clip'; Set-Content data/broken.txt 'a caption'");
        Assert.DoesNotContain("a caption", workspace.Good("Measure-TinySoraVideo data -ByCaption").Values("Caption"));
        workspace.Bad("Measure-TinySoraVideo data/broken.gif -ByCaption", "TinySora.Data.NoUsableVideos", ErrorCategory.InvalidData);
    }

    [Fact]
    public void Names_with_brackets_are_accepted_literally()
    {
        workspace.Good("$null = New-Item odd -ItemType Directory; foreach ($name in 'a[1].gif', 'a1.gif') { Copy-Item data/00000.gif odd/$name }");
        Assert.Equal([1], workspace.Good("Measure-TinySoraVideo -LiteralPath 'odd/a[1].gif'").Values("Clips"));
        Assert.Equal([2], workspace.Good("Get-ChildItem odd | Measure-TinySoraVideo").Values("Clips"));
        Assert.Equal([2], workspace.Good("[pscustomobject]@{ PSPath = 'odd/a[1].gif' }, [pscustomobject]@{ PSPath = 'odd/a1.gif' } | Measure-TinySoraVideo").Values("Clips"));
    }
}
