namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>The condition of a transformer beside the noise level.</summary>
public enum Conditioning
{
    None,

    /// <summary>The number of a class.</summary>
    Class,

    /// <summary>States of a text encoder, one for each token or one for all.</summary>
    Text,
}
