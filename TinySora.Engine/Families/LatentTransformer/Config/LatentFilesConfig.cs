using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>What a run keeps under the names of the published code.</summary>
public sealed record LatentFilesConfig
{
    [Description("File in results_folder, or beside it (../NAME), that gets the network's weights with each checkpoint, as a plain state dict of PyTorch under "
        + "the published names; a run that begins takes those that are there. null: none.")]
    [MayChangeOnResume]
    public string? Weights { get; init; }

    internal bool IsNear => Weights is null
        || (Weights.Length > 0 && !Path.IsPathRooted(Weights) && !Weights.Split('/', '\\').Skip(1).Contains("..") && Path.GetFileName(Weights).Length > 0);
}
