namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>The codebooks that networks of ours come with, each under a name of its own; those of published networks are bound to these.</summary>
internal static class Codebooks
{
    public static IReadOnlyList<Codebook> Ours { get; } = [FiniteScalarQuantizer.Kind];
}
