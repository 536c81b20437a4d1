using TinySora.Engine.Formats;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>A model and the weights that belong into it, by its names.</summary>
/// <param name="Warnings">What was found to be unusual, in sentences.</param>
public sealed record PublishedModel(
    nn.Module Model, IReadOnlyDictionary<string, StoredTensor> Trained, IReadOnlyDictionary<string, StoredTensor> Averaged,
    IReadOnlyList<string> Warnings);
