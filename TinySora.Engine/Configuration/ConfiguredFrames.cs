namespace TinySora.Engine.Configuration;

/// <summary>How a published configuration has frames of videos captured, as training data of its frame autoencoder.</summary>
/// <param name="Videos">The folder of the videos.</param>
/// <param name="OutputPath">The folder that gets the frames.</param>
/// <param name="Extension">Extension of the videos, with a dot or without.</param>
/// <param name="FilterPath">A text file with a pattern of names on each line; <c>null</c> if all videos are taken.</param>
/// <param name="Probability">Probability with which a frame is kept.</param>
/// <param name="Seed">Seed of the choice.</param>
public sealed record ConfiguredFrames(string Videos, string OutputPath, string Extension, string? FilterPath, double Probability, long Seed);
