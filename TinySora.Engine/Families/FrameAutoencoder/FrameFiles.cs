using TinySora.Engine.Errors;
using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>Both networks as plain state dicts, which the Latte tutorial's code reads and writes.</summary>
internal sealed class FrameFiles(FrameFilesConfig config, FrameModel model) : IRunFiles
{
    private IEnumerable<(string Name, nn.Module Network)> Networks =>
        new (string? Name, nn.Module? Network)[] { (config.Autoencoder, model.Autoencoder), (config.Discriminator, model.Discriminator) }
            .Where(item => item is { Name: not null, Network: not null }).Select(item => (item.Name!, item.Network!));

    /// <exception cref="TinySoraException">OtherModel, and what opening the files may throw.</exception>
    public string? Take(string folder)
    {
        var found = Networks.Select(item => (Path: Path.Combine(folder, item.Name), item.Network)).Where(item => File.Exists(item.Path)).ToList();
        foreach (var (path, network) in found)
        {
            Fill(network, path);
        }

        return found.Count == 0 ? null : $"Begins with the weights of {string.Join(" and ", found.Select(item => $"'{item.Path}'"))}.";
    }

    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public void Save(string folder)
    {
        foreach (var (name, network) in Networks)
        {
            using var scope = NewDisposeScope();
            PyTorchFile.Write(Path.Combine(folder, name), network.state_dict().ToDictionary(
                item => item.Key, item => (object)new StoredTensor(item.Value.dtype, item.Value.shape, () => item.Value.detach().cpu().clone().contiguous())));
        }
    }

    public string? Picture(int number) => config.Samples?.Replace("*", FormattableString.Invariant($"{number}"), StringComparison.Ordinal);

    /// <exception cref="TinySoraException">OtherModel, and what opening the file may throw.</exception>
    internal static void Fill(nn.Module network, string path)
    {
        using var scope = NewDisposeScope();
        using var file = TensorFile.Open(path);
        var (weights, targets) = (ModelWeights.Of(file, averaged: false), network.state_dict());
        ModelWeights.Check(path, weights, targets);
        ModelWeights.Fill(path, weights, targets);
    }
}
