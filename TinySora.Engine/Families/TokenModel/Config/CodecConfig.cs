using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.TokenModel.Config;

/// <summary>The section <c>tokens</c>: where the tokens come from.</summary>
public sealed record CodecConfig
{
    [Description("Checkpoint of the autoencoder whose tokens are predicted, or the folder of its run.")]
    [MayChangeOnResume]
    public string Codec { get; init; } = "./saved_vae";
}
