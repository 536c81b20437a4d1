namespace TinySora.Engine.Families.Films;

/// <summary>What a transformer denoises: latents, vectors of tokens or pixels.</summary>
internal readonly record struct LatentShape(int Channels, int Frames, int Height, int Width);
