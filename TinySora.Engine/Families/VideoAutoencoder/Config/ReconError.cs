namespace TinySora.Engine.Families.VideoAutoencoder.Config;

/// <summary>What counts as the error of a clip that is made again.</summary>
public enum ReconError
{
    /// <summary>The mean over all pixels of the squared error: clips that are hard to tell outweigh the others.</summary>
    Square,

    /// <summary>The root of each clip's mean squared error, where what is darker than a black pixel, or lighter than a white one, is right.</summary>
    Shown,
}
