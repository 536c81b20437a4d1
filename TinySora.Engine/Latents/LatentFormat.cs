namespace TinySora.Engine.Latents;

/// <summary>A form in which latents are exchanged with other programs.</summary>
public enum LatentFormat
{
    /// <summary>One NumPy file for all clips, as minisora's.</summary>
    Npy,

    /// <summary>A safetensors file for each video with means and logarithms of variances of all its frames, as the Latte tutorial's pickles.</summary>
    PerVideo,
}
