using TinySora.Engine.Configuration;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Tests.Families;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Results;
using TorchSharp;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Checkpoints of earlier versions, whose configurations had keys that some families did not use.</summary>
public sealed class EarlierKeysTests : VideoRuns
{
    private static readonly RunConfig Config = ConfigFile.Parse("""
        family: latent-transformer
        model: { architecture: dit, depth: 1, hidden_size: 16, num_heads: 2, patch_size: 4 }
        clip: { frames: 4, height: 16 }
        trainer: { train_batch_size: 2, train_num_steps: 4, save_model_every: 1, seed: 1 }
        """, "small");

    [Fact]
    public void Checkpoint_with_obsolete_keys_opens_exports_and_resumes()
    {
        Run("whole", Config, 2);
        Run("run", Config, 1);
        var path = CheckpointStore.Latest(folder.File("run")).Path;
        AddKeys(path);
        Assert.Contains("prob_focus_present", CheckpointStore.Latest(folder.File("run")).ConfigYaml, StringComparison.Ordinal);
        CheckpointExport.Write(path, folder.File("exported.safetensors"), ExportFormat.Safetensors);
        using (var imported = CheckpointImport.Open(folder.File("exported.safetensors"), new RunConfig(), keepOwn: true))
        {
            Assert.Contains("hidden_size: 16", imported.Save(folder.File("imported")).ConfigYaml, StringComparison.Ordinal);
        }

        Run("run", Config, 2);
        Assert.Equal(Tensors("whole"), Tensors("run"));
    }

    /// <summary>Adds the keys that earlier versions wrote.</summary>
    private static void AddKeys(string path)
    {
        using var scope = torch.NewDisposeScope();
        Dictionary<string, string> metadata;
        List<(string Name, torch.Tensor Tensor)> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            metadata = new(file.Metadata);
            tensors = [.. file.Tensors.Select(item => (item.Key, item.Value.Read()))];
        }

        metadata["config"] = metadata["config"].Replace(
            "trainer:\n",
            "trainer:\n  num_frames: null\n  force_num_frames: true\n  drop_short_clips: false\n  prob_focus_present: 0.0\n", StringComparison.Ordinal);
        SafetensorsFile.Write(path, metadata, tensors);
    }
}
