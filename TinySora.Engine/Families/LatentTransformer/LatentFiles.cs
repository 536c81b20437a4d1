using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>The network as a plain state dict, which the Latte tutorial's code reads and writes.</summary>
/// <param name="name">Of the file; null: there is none.</param>
internal sealed class LatentFiles(string? name, LatentDenoiser model, PublishedWeights published) : IRunFiles
{
    /// <exception cref="TinySoraException">OtherModel, and what opening the file may throw.</exception>
    public string? Take(string folder)
    {
        if (name is null || PathIn(folder) is var path && !File.Exists(path))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        using var file = TensorFile.Open(path);
        var (weights, targets) = (ModelWeights.Of(file, averaged: false, published), Weights());
        ModelWeights.Check(path, weights, targets);
        ModelWeights.Fill(path, weights, targets);

        return $"Begins with the weights of '{path}'.";
    }

    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public void Save(string folder)
    {
        if (name is not null)
        {
            using var scope = NewDisposeScope();
            PyTorchFile.Write(PathIn(folder), Weights().ToDictionary(
                item => published.NamesInFile(item.Key)[0],
                item => (object)new StoredTensor(item.Value.dtype, item.Value.shape, () => item.Value.detach().cpu().clone().contiguous())));
        }
    }

    public string? Picture(int number) => null;

    private string PathIn(string folder) => Path.GetFullPath(Path.Combine(folder, name!));

    /// <summary>The weights that published files have, by the names of the model.</summary>
    private Dictionary<string, Tensor> Weights() =>
        model.state_dict().Where(item => !published.IsOurs(item.Key)).ToDictionary(item => item.Key, item => item.Value);
}
