namespace TinySora.Engine.Data.Sprites;

/// <summary>Position and appearance of a thing in one frame. Lengths are fractions of the frame's width and height.</summary>
/// <param name="X">Center of the picture's bounding box, from the left edge.</param>
/// <param name="Y">Center of the picture's bounding box, from the top edge.</param>
/// <param name="Size">Length of the longer side of the upright picture.</param>
/// <param name="Degrees">Clockwise rotation about the center.</param>
/// <param name="Opacity">Opacity of the picture, from 0 to 1.</param>
public readonly record struct SpritePose(double X, double Y, double Size, double Degrees = 0, double Opacity = 1);

/// <summary>A thing in a clip, and its pose in each frame.</summary>
public sealed record SpriteTrack(Sprite Sprite, IReadOnlyList<SpritePose> Poses);

/// <summary>How the background of a clip is filled.</summary>
public enum SpriteBackgroundKind
{
    Black,
    Plain,
    Gradient,
    Photograph,
}

/// <summary>The background of a clip, which is the same in all frames.</summary>
/// <param name="First">Color as red, green and blue from 0 to 255; of a gradient, the color at its start.</param>
/// <param name="Last">Color at the end of a gradient.</param>
/// <param name="Degrees">Clockwise direction of a gradient, from 0 (to the right).</param>
/// <param name="Photograph">Index of the photograph.</param>
/// <param name="Left">Position of the photograph's crop, from 0 (left) to 1 (right).</param>
/// <param name="Top">Position of the photograph's crop, from 0 (top) to 1 (bottom).</param>
public sealed record SpriteBackground(
    SpriteBackgroundKind Kind, (byte Red, byte Green, byte Blue) First = default, (byte Red, byte Green, byte Blue) Last = default, double Degrees = 0,
    int Photograph = 0, double Left = 0, double Top = 0);

/// <summary>All that a clip in a sprite world shows. Later tracks cover earlier ones.</summary>
public sealed record SpriteScene(SpriteMeaning Meaning, SpriteBackground Background, IReadOnlyList<SpriteTrack> Tracks);
