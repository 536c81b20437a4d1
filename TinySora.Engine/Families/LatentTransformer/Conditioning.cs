namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>What a transformer is told beside the noise level.</summary>
public enum Conditioning
{
    None,

    /// <summary>The number of a class.</summary>
    Class,

    /// <summary>States of a text encoder, one for each token or one for all.</summary>
    Text,
}
