using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;

namespace TinySora.Engine.Data.Sprites;

/// <summary>
/// A world of pictures that move over a background: one to four things in one motion, or two things in a relation. Scene k depends only on the pictures, the
/// seed and k.
/// </summary>
public sealed class SpriteWorld
{
    /// <summary>Fraction of the frame's width that stays free at each edge.</summary>
    private const double Margin = 0.01;

    /// <summary>
    /// One in this number of clips in motion shows several things, unless all or none do. Of those with one thing, one in this number has a size word, and
    /// one a speed word.
    /// </summary>
    private const int Rarity = 5;

    private readonly Dictionary<string, Sprite[]> byNoun;
    private readonly string[] nouns;
    private readonly SpriteGround ground;
    private readonly Func<ShapesSplit, bool> includes;
    private readonly bool showsOne;
    private readonly bool showsGroups;
    private readonly List<SpriteMeaning> topics = [];

    /// <param name="sprites">Pictures. If several have the same noun, each scene shows one of them at random.</param>
    /// <param name="includes">Function that returns whether clips may show combinations from a part, see <see cref="SpriteSplits"/>.</param>
    /// <param name="contents">What clips show; empty for everything.</param>
    /// <exception cref="TinySoraException">TinySora.Sprites.CombinationsMissing.</exception>
    internal SpriteWorld(IReadOnlyList<Sprite> sprites, SpriteGround ground, Func<ShapesSplit, bool> includes, IReadOnlyCollection<SpriteContent> contents)
    {
        (Sprites, this.ground, this.includes) = (sprites, ground, includes);
        bool Shows(SpriteContent content) => contents.Count == 0 || contents.Contains(content);
        (showsOne, showsGroups) = (Shows(SpriteContent.One), Shows(SpriteContent.Group));
        byNoun = sprites.GroupBy(sprite => sprite.Name.Noun).ToDictionary(group => group.Key, group => group.ToArray());
        nouns = [.. sprites.Select(sprite => sprite.Name.Noun).Distinct()];
        foreach (var noun in nouns)
        {
            var (thing, looks) = (new SpriteMeaning(noun), byNoun[noun]);
            topics.AddRange(Enum.GetValues<SpriteMotion>().Where(motion => motion != SpriteMotion.Spinning || looks.All(look => look.ShowsTurning))
                .Where(motion => showsOne || (showsGroups && SpritePaths.HasCount(motion))).Select(motion => thing with { Motion = motion }).Where(IsIncluded));
            topics.AddRange(Enum.GetValues<SpriteRelation>().Where(_ => Shows(SpriteContent.Relation)).Select(relation => thing with { Relation = relation })
                .Where(topic => nouns.Any(other => IsOther(topic, other))));
        }

        if (topics.Count == 0)
        {
            throw SpriteErrors.CombinationsMissing(sprites.Count);
        }
    }

    public IReadOnlyList<Sprite> Sprites { get; }

    /// <summary>Number of combinations of a noun and a motion, or of a noun and a relation, that clips show in turn.</summary>
    internal int TopicCount => topics.Count;

    /// <summary>Returns what clip k shows. Consecutive clips use every noun with every motion and every relation before any is repeated.</summary>
    public SpriteScene Scene(long seed, int index, int frames)
    {
        var order = new SplitMix64(SplitMix64.Mix(seed, ~(index / topics.Count)));
        var topic = topics[order.Permutation(topics.Count)[index % topics.Count]];
        var random = new SplitMix64(SplitMix64.Mix(seed, index));
        return topic.Relation is null ? WithMotion(topic, frames, ref random) : WithRelation(topic, frames, ref random);
    }

    /// <summary>Returns captions for a scene. The first one uses the first word for everything.</summary>
    /// <param name="count">Maximum number of captions.</param>
    public IReadOnlyList<string> Captions(SpriteScene scene, int count, long seed, int index) =>
        SpriteCaption.Write(scene.Meaning, count, noun => byNoun[noun][0].Name, new SplitMix64(SplitMix64.Mix(~seed, index)));

    /// <summary>Draws a scene as an RGB clip of size x size pixels.</summary>
    public Clip Render(SpriteScene scene, int size) => SpriteRenderer.Render(scene, ground, size);

    /// <summary>Returns a function that evaluates a path at each frame.</summary>
    private static SpritePose[] Poses(Func<double, SpritePose> path, int frames) =>
        [.. Enumerable.Range(0, frames).Select(f => path(frames == 1 ? 0 : f / (frames - 1.0)))];

    private bool IsIncluded(SpriteMeaning meaning) => includes(SpriteSplits.Of(meaning));

    private bool IsOther(SpriteMeaning topic, string noun) => noun != topic.Noun && IsIncluded(topic with { Other = noun });

    private Sprite Choose(string noun, ref SplitMix64 random) => byNoun[noun] is [var only] ? only : byNoun[noun][random.Below(byNoun[noun].Length)];

    private SpriteScene WithMotion(SpriteMeaning topic, int frames, ref SplitMix64 random)
    {
        var motion = topic.Motion!.Value;
        var (counted, sized, paced) = (random.Below(Rarity) == 0, random.Below(Rarity) == 0, random.Below(Rarity) == 0);
        var (count, size, speed) = (2 + random.Below(3), (SpriteSize)random.Below(2), (SpriteSpeed)random.Below(2));
        counted = showsGroups && SpritePaths.HasCount(motion) && (counted || !showsOne);
        paced &= SpritePaths.HasSpeed(motion);
        // A big thing has no room for a quick motion.
        sized &= !counted && SpritePaths.HasSize(motion) && !(paced && size == SpriteSize.Big && speed == SpriteSpeed.Quickly);
        var meaning = topic with { Count = counted ? count : 1, Size = sized ? size : null, Speed = paced ? speed : null };
        var sprite = Choose(topic.Noun, ref random);
        var path = SpritePaths.Draw(motion, meaning.Speed, SpritePaths.DrawSize(meaning, ref random), ref random);
        var places = SpritePaths.Arrange(meaning, sprite, Math.Max(path(0).Size, path(1).Size), ref random);
        var tracks = places.Select(place => new SpriteTrack(sprite, Poses(t => Moved(path(t), place.X, place.Y), frames))).ToList();
        return Place(meaning, tracks, ref random);
    }

    private SpriteScene WithRelation(SpriteMeaning topic, int frames, ref SplitMix64 random)
    {
        string noun;
        do
        {
            noun = nouns[random.Below(nouns.Length)];
        }
        while (!IsOther(topic, noun));

        var meaning = topic with { Other = noun };
        var (sprite, other) = (Choose(topic.Noun, ref random), Choose(noun, ref random));
        var path = SpritePaths.Draw(topic.Relation!.Value, sprite, other, ref random);
        return Place(meaning, [new(other, Poses(t => path(t).Second, frames)), new(sprite, Poses(t => path(t).First, frames))], ref random);
    }

    /// <summary>Moves the things to a random place where all of them stay in view, after reducing them if there is no such place.</summary>
    private SpriteScene Place(SpriteMeaning meaning, IReadOnlyList<SpriteTrack> tracks, ref SplitMix64 random)
    {
        var (left, top, right, bottom) = (double.PositiveInfinity, double.PositiveInfinity, double.NegativeInfinity, double.NegativeInfinity);
        foreach (var (sprite, poses) in tracks)
        {
            foreach (var pose in poses)
            {
                var (sin, cos) = Math.SinCos(pose.Degrees * Math.PI / 180);
                var reachX = pose.Size * ((Math.Abs(cos) * sprite.Width) + (Math.Abs(sin) * sprite.Height)) / 2;
                var reachY = pose.Size * ((Math.Abs(sin) * sprite.Width) + (Math.Abs(cos) * sprite.Height)) / 2;
                (left, right) = (Math.Min(left, pose.X - reachX), Math.Max(right, pose.X + reachX));
                (top, bottom) = (Math.Min(top, pose.Y - reachY), Math.Max(bottom, pose.Y + reachY));
            }
        }

        const double Room = 1 - (2 * Margin);
        var scale = Math.Min(1, Room / Math.Max(right - left, bottom - top));
        var x = Margin - (scale * left) + random.Between(0, Room - (scale * (right - left)));
        var y = Margin - (scale * top) + random.Between(0, Room - (scale * (bottom - top)));
        var placed = tracks.Select(track => track with
        {
            Poses = [.. track.Poses.Select(p => p with { X = x + (scale * p.X), Y = y + (scale * p.Y), Size = scale * p.Size })],
        }).ToList();
        return new SpriteScene(meaning, ground.Choose([.. tracks.Select(track => track.Sprite).Distinct()], ref random), placed);
    }

    private static SpritePose Moved(SpritePose pose, double x, double y) => pose with { X = pose.X + x, Y = pose.Y + y };
}
