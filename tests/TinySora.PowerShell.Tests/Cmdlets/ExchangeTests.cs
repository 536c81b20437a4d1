using System.IO.Compression;
using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Import-TinySoraCheckpoint and Export-TinySoraCheckpoint.</summary>
[Collection(nameof(CmdletTests))]
public sealed class ExchangeTests : IDisposable
{
    private readonly Workspace workspace = new();

    public ExchangeTests()
    {
        workspace.Write("tiny.yaml", Workspace.TinyConfig.Replace("save_model_every: 100", "save_model_every: 3", StringComparison.Ordinal));
        workspace.Trained();
    }

    public void Dispose() => workspace.Dispose();

    /// <summary>The preset's autoencoder refers to a bundled model, not to a file in the current folder.</summary>
    [Fact]
    public void Imported_weights_of_a_preset_use_its_bundled_autoencoder()
    {
        workspace.Good("New-TinySoraDataset clips -Count 4");
        workspace.Good("Start-TinySoraTraining shapes-lean -DataPath clips -ResultsPath run -MaxSteps 1 -Set @{ 'trainer.train_batch_size' = 2 }");
        workspace.Good("Export-TinySoraCheckpoint run -Format PyTorch -OutputPath out.pt; Import-TinySoraCheckpoint out.pt -Config shapes-lean -ResultsPath imported");
        workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Checkpoint imported -Steps 1 -OutputPath videos");
    }

    [Fact]
    public void Published_file_is_imported_and_generates()
    {
        // TinySora files contain their configuration. Files of the published code do not and get it from -Config.
        Assert.Equal(["model-1.pt"], workspace.Good("Get-TinySoraCheckpoint | Export-TinySoraCheckpoint").Values("Name"));
        Assert.Equal([3], workspace.Good("Import-TinySoraCheckpoint saved_models/model-1.pt own").Values("Step"));
        Assert.Equal([3], workspace.Good("Import-TinySoraCheckpoint saved_models -ResultsPath named -Config tiny.yaml").Values("Step"));
        Assert.Equal([2], workspace.Good("Import-TinySoraCheckpoint saved_models again | Invoke-TinySoraGenerate -Prompt 'a red circle' -OutputPath out").Values("Frames"));
        workspace.Bad("Import-TinySoraCheckpoint saved_models/model-1.pt other -Config default", "TinySora.Checkpoint.OtherModel", ErrorCategory.InvalidData);
        Assert.False(Directory.Exists(workspace.At("other")));
    }

    [Fact]
    public void Exported_file_generates_and_initializes_a_training()
    {
        workspace.Good("Export-TinySoraCheckpoint saved_models -Format Safetensors -DataType bfloat16 -OutputPath small.safetensors");
        workspace.Good("Export-TinySoraCheckpoint saved_models by-name.SafeTensors -DataType bfloat16");
        Assert.Equal(File.ReadAllBytes(workspace.At("small.safetensors")), File.ReadAllBytes(workspace.At("by-name.SafeTensors")));
        Assert.Equal([2], workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Checkpoint small.safetensors -OutputPath out").Values("Frames"));
        Assert.Equal([1], workspace.Good("Start-TinySoraTraining tiny.yaml -MaxSteps 1 -ResultsPath tuned -InitialCheckpoint small.safetensors").Values("Step"));
    }

    [Fact]
    public void Network_is_exported_to_ONNX_or_HTML_by_the_extension()
    {
        Assert.Equal(["net.onnx"], workspace.Good("Export-TinySoraCheckpoint saved_models net.onnx -Note mine").Values("Name"));
        workspace.Bad("Export-TinySoraCheckpoint saved_models net.onnx", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        workspace.Good("Export-TinySoraCheckpoint saved_models -Format Onnx -Weights Training -WhatIf");
        workspace.Bad("Export-TinySoraCheckpoint saved_models -Format Onnx -Form StateDict", "TinySora.Input.FormNeedsPyTorch", ErrorCategory.InvalidArgument);
        workspace.Bad("Export-TinySoraCheckpoint saved_models -Format Onnx -WebRuntime .", "TinySora.Input.WebRuntimeNeedsHtml", ErrorCategory.InvalidArgument);
        workspace.Bad("Export-TinySoraCheckpoint saved_models clips.html -WebRuntime .", "TinySora.Checkpoint.NoWebRuntime", ErrorCategory.InvalidData);
        Assert.Empty(workspace.Names(".", "*.html*"));
        Assert.Equal(["net.onnx"], Directory.GetFiles(workspace.Folder, "*.onnx", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    [Fact]
    public void Unknown_extension_needs_an_explicit_format_and_bundled_models_are_exported_to_the_current_folder()
    {
        workspace.Bad("Export-TinySoraCheckpoint saved_models net.onxx", "TinySora.Input.NoExportFormat", ErrorCategory.InvalidArgument);
        Assert.Equal(["net.onxx"], workspace.Good("Export-TinySoraCheckpoint saved_models net.onxx -Format PyTorch").Values("Name"));
        Directory.CreateDirectory(workspace.At("v1.2"));
        Assert.Equal([workspace.At("v1.2")], workspace.Good("Export-TinySoraCheckpoint saved_models v1.2").Values("DirectoryName"));
        Assert.Equal([workspace.Folder], workspace.Good("Export-TinySoraCheckpoint shapes-lean -Format Safetensors").Values("DirectoryName"));
    }

    [Fact]
    public void Training_resumes_from_an_import_and_reports_new_optimizer_moments()
    {
        workspace.Good("Export-TinySoraCheckpoint saved_models");
        workspace.Good("Import-TinySoraCheckpoint saved_models imported");
        var run = workspace.Good("Start-TinySoraTraining tiny.yaml -ResultsPath imported -MaxSteps 4");
        Assert.Equal([4], run.Values("Step"));
        Assert.Contains(run.Warnings, w => w.Contains("new moments", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatIf_writes_nothing_and_existing_files_are_kept_without_force()
    {
        workspace.Good("Export-TinySoraCheckpoint saved_models -OutputPath out -WhatIf");
        Assert.False(Directory.Exists(workspace.At("out")));
        workspace.Good("Export-TinySoraCheckpoint saved_models -OutputPath out -WhatIf:$false");
        workspace.Bad("Export-TinySoraCheckpoint saved_models -OutputPath out", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        workspace.Good("Export-TinySoraCheckpoint saved_models -OutputPath out -Force");

        workspace.Good("Import-TinySoraCheckpoint out imported -WhatIf");
        Assert.False(Directory.Exists(workspace.At("imported")));
        workspace.Good("Import-TinySoraCheckpoint out imported");
        workspace.Bad("Import-TinySoraCheckpoint out imported", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        workspace.Good("Import-TinySoraCheckpoint out imported -Force");
    }

    /// <summary>By default, each file or folder becomes a run in ./runs, where commands look if no run is named.</summary>
    [Fact]
    public void Import_without_a_folder_is_a_run_named_after_the_file()
    {
        workspace.Good("'one.pt', 'two.v2.safetensors', 'folder/model-1.pt' | ForEach-Object { Export-TinySoraCheckpoint saved_models -OutputPath $_ }");
        string[] folders = [.. ((string[])["one", "two.v2", "folder", "model-1"]).Select(name => workspace.At("runs", name))];
        var run = workspace.Good("Import-TinySoraCheckpoint ./one.pt, two.v2.safetensors, ./folder/, folder/model-1.pt");
        Assert.Equal(folders, run.Values("Path").Select(path => Path.GetDirectoryName((string)path!)));
        Assert.Equal([Path.Combine(folders[3], "step-00000003.safetensors")], workspace.Good("Get-TinySoraCheckpoint -Latest").Values("Path"));
        Assert.Empty(workspace.Names("saved_models", "*.safetensors").Skip(1));
    }

    [Fact]
    public void File_that_runs_code_is_refused_and_the_next_one_imported()
    {
        workspace.Good("Export-TinySoraCheckpoint saved_models -OutputPath b.pt");
        using (var archive = ZipFile.Open(workspace.At("a.pt"), ZipArchiveMode.Create))
        {
            using var entry = archive.CreateEntry("archive/data.pkl").Open();
            entry.Write([0x80, 2, .. "cos\nsystem\n"u8, (byte)'X', 2, 0, 0, 0, .. "id"u8, 0x85, .. "R."u8]);
        }

        var run = workspace.Run("Import-TinySoraCheckpoint a.pt, b.pt imported");

        Assert.StartsWith("TinySora.Checkpoint.RunsCode,", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("os.system", run.Errors[0].ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.Equal([3], run.Values("Step"));
    }

    [Fact]
    public void Format_with_one_set_of_weights_is_exported_and_imported_again()
    {
        Assert.Equal(["flat.pt"], workspace.Good("Export-TinySoraCheckpoint saved_models -Form StateDict -Weights Training -OutputPath flat.pt").Values("Name"));
        workspace.Bad("Export-TinySoraCheckpoint saved_models -Form StateDict -OutputPath flat.pt", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        workspace.Bad("Export-TinySoraCheckpoint saved_models -Form NanoGpt", "TinySora.Checkpoint.NoSuchForm", ErrorCategory.InvalidArgument);
    }

    /// <summary>Neither file is overwritten.</summary>
    [Fact]
    public void Discriminator_file_is_written_next_to_that_of_the_autoencoder()
    {
        workspace.Write("vae.yaml", FrameTrainingTests.Tiny + "loss: { perceptual_weight: 0, disc_weight: 0.5, disc_start: 1 }\n");
        workspace.Good("New-TinySoraDataset films -Count 4 -Frames 4 -ImageSize 16");
        workspace.Good("Export-TinySoraFrame films -OutputPath frames -Probability 1");
        workspace.Good("Start-TinySoraTraining vae.yaml -ResultsPath vae -MaxSteps 1");
        string[] names = ["vae_autoencoder_ckpt.pth", "vae_discriminator_ckpt.pth"];
        Assert.Equal(names, workspace.Good("Export-TinySoraCheckpoint vae -Form StateDict -OutputPath out").Values("Name"));
        Assert.Equal(names, workspace.Names("out"));
        File.Delete(workspace.At("out", names[0]));
        workspace.Bad("Export-TinySoraCheckpoint vae -Form StateDict -OutputPath out", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        Assert.Single(workspace.Names("out"));
    }

    [Fact]
    public void Weights_formats_and_notes_can_be_chosen_only_if_there_is_a_choice()
    {
        workspace.Bad("Export-TinySoraCheckpoint saved_models -Weights Training", "TinySora.Input.HasBothWeights", ErrorCategory.InvalidArgument);
        workspace.Bad("Export-TinySoraCheckpoint saved_models -Format Safetensors -Form StateDict", "TinySora.Input.FormNeedsPyTorch", ErrorCategory.InvalidArgument);
        workspace.Bad("Export-TinySoraCheckpoint saved_models -Form StateDict -Note mine", "TinySora.Input.FormHasNoNote", ErrorCategory.InvalidArgument);
    }
}
