namespace TinySora.Engine.Data.Worlds;

internal enum Animation
{
    Moving,
    Growing,
    Bouncing,
    Rotating,
    ChangingColor,
    ThreeObjects,
}

internal enum Pattern
{
    Solid,
    Dots,
    Grid,
    Stripes,
}

/// <summary>Attributes of one clip in the synthetic objects dataset.</summary>
/// <param name="Color">Color of the shape; if it changes, the color in the first frame.</param>
/// <param name="Speed">Speed in the caption (slowly, steadily or quickly); <c>null</c> if the caption does not mention it.</param>
/// <param name="Background">Color of a solid background, or of the pattern on white.</param>
internal sealed record SyntheticObject(
    Animation Animation, string Shape, string Color, string? Speed, Pattern Pattern, string Background)
{
    /// <summary>The caption, such as "a red star bouncing up and down quickly on a white background with blue dots".</summary>
    public string Caption => Pattern switch
    {
        Pattern.Solid => $"{Action} on {WithArticle(Background)} background",
        Pattern.Grid => $"{Action} on a white background with {WithArticle(Background)} grid",
        Pattern.Dots => $"{Action} on a white background with {Background} dots",
        _ => $"{Action} on a white background with {Background} stripes",
    };

    private string Action => Animation switch
    {
        Animation.Moving => $"{WithArticle(Color)} {Shape} moving right {Speed}",
        Animation.Growing => $"{WithArticle(Color)} {Shape} growing",
        Animation.Bouncing => $"{WithArticle(Color)} {Shape} bouncing up and down {Speed}",
        Animation.Rotating => $"{WithArticle(Color)} {Shape} rotating {Speed}",
        Animation.ChangingColor => $"a {Shape} changing color from {Color}",
        _ => $"three {Color} {Shape}s moving right together",
    };

    /// <summary>Returns a color with its indefinite article. Orange is the only color that begins with a vowel.</summary>
    private static string WithArticle(string color) => (color == "orange" ? "an " : "a ") + color;
}
