namespace TinySora.Engine.Data.Views;

/// <summary>The number of clips of one size.</summary>
public sealed record SizeCount(int Width, int Height, int Clips)
{
    public override string ToString() => $"{Width}x{Height}: {Clips}";
}
