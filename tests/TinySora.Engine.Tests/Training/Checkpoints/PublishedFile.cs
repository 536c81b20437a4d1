using TinySora.Engine.Configuration;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Tests.Families.PixelUNet;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Checkpoints;

/// <summary>Checkpoints with random weights in the published code's format: all of its names, small shapes.</summary>
internal static class PublishedFile
{
    private const int BertWidth = 768;

    /// <summary>The four levels of the published configuration with fewer channels.</summary>
    public static RunConfig Config { get; } = new()
    {
        Family = new PixelUNetConfig { Model = new ModelConfig { Dim = 4, AttnHeads = 1, AttnDimHead = 4, InitKernelSize = 3 }, Diffusion = new DiffusionConfig { Height = 16, Frames = 2 } },
        Trainer = new TrainerConfig { TrainBatchSize = 2, SaveModelEvery = 2, TrainNumSteps = 24, Seed = 3, StepStartEma = 0, UpdateEmaEvery = 1 },
    };

    /// <summary>The 275 tensors of the diffusion's state dict.</summary>
    /// <param name="condDim">Width of the text vector; <c>null</c> for an unconditional model.</param>
    public static Dictionary<string, object> StateDict(int seed, RunConfig? config = null, int? condDim = BertWidth)
    {
        config ??= Config;
        using var scope = NewDisposeScope();
        manual_seed(seed);
        using var unet = new UNet3D(config.Model with { CondDim = condDim });
        var result = config.Diffusion.Schedule().Tables().ToDictionary(t => t.Key, t => (object)Stored(tensor(t.Value)));
        foreach (var (name, weight) in unet.state_dict())
        {
            // Some layers are initialized with ones or zeros, which would make tensors indistinguishable.
            var noise = name.EndsWith(".freqs", StringComparison.Ordinal) ? zeros_like(weight) : randn_like(weight) * 0.01;
            result.Add("denoise_fn." + name, Stored(weight.detach() + noise));
        }

        return result;
    }

    /// <summary>Creates the entries step, model, ema and scaler.</summary>
    public static Dictionary<string, object> Checkpoint(int step, RunConfig? config = null, int? condDim = BertWidth) => new()
    {
        ["step"] = step, ["model"] = StateDict(1, config, condDim), ["ema"] = StateDict(2, config, condDim), ["scaler"] = new Dictionary<string, object>(),
    };

    public static string Write(string path, Dictionary<string, object> content)
    {
        PyTorchFile.Write(path, content);
        return path;
    }

    public static StoredTensor Stored(Tensor tensor)
    {
        var kept = tensor.detach().clone().DetachFromDisposeScope();
        return new StoredTensor(kept.dtype, kept.shape, kept.clone);
    }

    /// <summary>Reads all tensors of a file as bytes by name.</summary>
    public static Dictionary<string, (string Shape, string Data)> Tensors(string path)
    {
        using var scope = NewDisposeScope();
        using var file = TensorFile.Open(path);
        return file.Tensors.ToDictionary(
            t => t.Key, t => ($"{t.Value.Type} {string.Join(',', t.Value.Shape)}", Convert.ToHexString(t.Value.Read().contiguous().bytes)));
    }
}
