namespace TinySora.Engine.Data.Views;

/// <summary>How many clips are of a size.</summary>
public sealed record SizeCount(int Width, int Height, int Clips)
{
    public override string ToString() => $"{Width}x{Height}: {Clips}";
}
