namespace TinySora.Engine.Data.Frames;

/// <summary>A video and how many of its frames are pictures now.</summary>
public sealed record CapturedVideo(string Path, int Frames);
