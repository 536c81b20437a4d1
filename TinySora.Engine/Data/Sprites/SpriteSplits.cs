using System.IO.Hashing;
using System.Text;
using TinySora.Engine.Data.Worlds;

namespace TinySora.Engine.Data.Sprites;

/// <summary>
/// Divides the combinations of a noun and a motion, and of two nouns and a relation, into parts. The part depends only on the words, so it is the same in all
/// worlds.
/// </summary>
public static class SpriteSplits
{
    private const int Parts = 8;

    /// <summary>
    /// Returns the part that a meaning belongs to. One combination in eight is <see cref="ShapesSplit.Judged"/>, and another is
    /// <see cref="ShapesSplit.Tuned"/>. Counts, sizes and speeds do not matter, and "left of" is the inverse of "right of", as "above" is of "below".
    /// </summary>
    public static ShapesSplit Of(SpriteMeaning meaning) => (XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(Combination(meaning))) % Parts) switch
    {
        0 => ShapesSplit.Judged,
        4 => ShapesSplit.Tuned,
        _ => ShapesSplit.Trained,
    };

    private static string Combination(SpriteMeaning meaning) => meaning switch
    {
        { Relation: SpriteRelation.RightOf, Other: { } other } => Combination(new(other) { Relation = SpriteRelation.LeftOf, Other = meaning.Noun }),
        { Relation: SpriteRelation.Below, Other: { } other } => Combination(new(other) { Relation = SpriteRelation.Above, Other = meaning.Noun }),
        { Relation: { } relation } => $"{meaning.Noun} {SpriteWords.Relations[relation][0]} {meaning.Other}".ToLowerInvariant(),
        { Motion: { } motion } => $"{meaning.Noun} {SpriteWords.Motions[motion][0]}".ToLowerInvariant(),
        _ => meaning.Noun.ToLowerInvariant(),
    };
}
