using System.Buffers.Binary;
using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class PictureTests(TrainedWorkspace trained) : IClassFixture<TrainedWorkspace>
{
    private readonly Workspace workspace = trained.Workspace;
    private readonly string name = $"{Guid.NewGuid():N}";

    [Fact]
    public void Contact_sheet_grows_with_the_videos_and_their_frames()
    {
        workspace.Good($"Export-TinySoraContactSheet data/00000.gif -OutputPath {name}1.png -Scale 4");
        workspace.Good($"Export-TinySoraContactSheet data/*.gif -OutputPath {name}6.png -Columns 2 -Scale 4");
        workspace.Good($"Export-TinySoraContactSheet data -OutputPath {name}m.png -Columns 2 -Scale 4 -MiddleFrameOnly");
        var (one, six, middle) = (workspace.PictureSize($"{name}1.png"), workspace.PictureSize($"{name}6.png"), workspace.PictureSize($"{name}m.png"));
        Assert.True(one.Width > 2 * 4 * 16);
        Assert.True(six.Width > 1.8 * one.Width && six.Height > 2 * one.Height);
        Assert.True(middle.Width < six.Width);
    }

    [Fact]
    public void Animated_sheet_is_enlarged_and_refuses_options_of_still_pictures()
    {
        workspace.Good($"Export-TinySoraContactSheet data -OutputPath {name}1.gif -Columns 2");
        workspace.Good($"Export-TinySoraContactSheet data -OutputPath {name}3.gif -Columns 2 -Scale 3 -MiddleFrameOnly:$false");
        Assert.Equal((2 * (16 + 4), 2 * ((3 * 16) + 4)), (Width($"{name}1.gif"), Width($"{name}3.gif")));

        var error = workspace.Bad($"Export-TinySoraContactSheet data {name}.gif -MiddleFrameOnly", "TinySora.Input.OfStillSheet", ErrorCategory.InvalidArgument);
        Assert.Contains($"-OutputPath {name}.png", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        foreach (var line in (string[])["data", "data -Caption x", "data -MiddleFrameOnly"])
        {
            var other = workspace.Bad($"Export-TinySoraContactSheet {line} -OutputPath {name}.txt", "TinySora.Input.NoSheet", ErrorCategory.InvalidArgument);
            Assert.Contains($"-OutputPath {name}.png", other.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        }

        workspace.Bad($"Export-TinySoraContactSheet data {name}.mp4 -Caption x", "TinySora.Input.OfStillSheet", ErrorCategory.InvalidArgument);
        Assert.False(File.Exists(workspace.At($"{name}.gif")));

        // Read from the header (GIF89a, section 18).
        int Width(string file) => BinaryPrimitives.ReadUInt16LittleEndian(File.ReadAllBytes(workspace.At(file)).AsSpan(6));
    }

    [Fact]
    public void Generated_videos_are_piped_into_one_picture()
    {
        var run = workspace.Good(
            $"Invoke-TinySoraGenerate 'a red circle' -Count 2 -OutputPath {name} | Export-TinySoraContactSheet -OutputPath {name}.gif");
        Assert.Equal(workspace.At($"{name}.gif"), Assert.Single(run.Values("FullName")));
    }

    [Fact]
    public void Folder_without_clips_includes_its_subfolders_and_one_without_any_is_an_error()
    {
        workspace.Good($"New-TinySoraDataset {name}/train -Count 2 -ImageSize 16; New-TinySoraDataset {name}/val -Count 1 -Seed 9 -ImageSize 16");
        workspace.Good($"Export-TinySoraContactSheet {name} -OutputPath {name}.png; Export-TinySoraContactSheet {name}/train -OutputPath {name}2.png");
        Assert.True(workspace.PictureSize($"{name}.png").Height > workspace.PictureSize($"{name}2.png").Height);

        Directory.CreateDirectory(workspace.At(name + "-empty"));
        workspace.Bad($"Export-TinySoraContactSheet {name}-empty -OutputPath {name}3.png", "TinySora.Data.NoClips", ErrorCategory.ObjectNotFound);
        workspace.Bad($"Show-TinySoraVideo {name}-empty", "TinySora.Data.NoClips", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Damaged_video_is_one_error_and_the_others_are_drawn()
    {
        workspace.Good($"New-TinySoraDataset {name} -Count 2 -ImageSize 16");
        File.WriteAllBytes(workspace.At(name, "00000.gif"), [1, 2, 3]);
        workspace.Bad($"Export-TinySoraContactSheet {name}/*.gif -OutputPath {name}.png", "TinySora.Media.Corrupt", ErrorCategory.InvalidData);
        Assert.True(File.Exists(workspace.At($"{name}.png")));
    }

    [Fact]
    public void Existing_picture_is_kept_without_force_and_WhatIf_writes_nothing()
    {
        workspace.Good($"Export-TinySoraContactSheet data -OutputPath {name}.png -WhatIf");
        Assert.False(File.Exists(workspace.At($"{name}.png")));
        workspace.Write($"{name}.png", "mine");
        workspace.Bad($"Export-TinySoraContactSheet data -OutputPath {name}.png", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        workspace.Bad($"Export-TinySoraLossCurve -OutputPath {name}.png", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        Assert.Equal("mine", File.ReadAllText(workspace.At($"{name}.png")));
        workspace.Good($"Export-TinySoraContactSheet data -OutputPath {name}.png -Force");
        Assert.True(workspace.PictureSize($"{name}.png").Width > 0);
    }

    [Fact]
    public void Loss_of_a_run_is_drawn_next_to_its_checkpoints()
    {
        var run = workspace.Good("Start-TinySoraTraining tiny.yaml | Export-TinySoraLossCurve -Force");
        Assert.Equal(workspace.At("saved_models", "loss.png"), Assert.Single(run.Values("FullName")));
        Assert.True(workspace.PictureSize("saved_models/loss.png").Width > 400);
        workspace.Good("Export-TinySoraLossCurve -OutputPath dark.png -Dark; Find-TinySoraLearningRate tiny.yaml -Steps 10 -ChartPath rates.png -Dark");
        Assert.NotEqual(File.ReadAllBytes(workspace.At("saved_models", "loss.png")), File.ReadAllBytes(workspace.At("dark.png")));
        Assert.True(workspace.PictureSize("rates.png").Width > 400);
        workspace.Bad("Export-TinySoraLossCurve data", "TinySora.Training.NoMetrics", ErrorCategory.ObjectNotFound);
    }
}
