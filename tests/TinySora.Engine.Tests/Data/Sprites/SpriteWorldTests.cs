using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;

namespace TinySora.Engine.Tests.Data.Sprites;

public sealed class SpriteWorldTests
{
    private const int Frames = 9;

    private static readonly SpriteWorld World = TestSprites.World();

    /// <summary>Many scenes; every topic occurs several times.</summary>
    private static readonly List<SpriteScene> Scenes = [.. Enumerable.Range(0, 4000).Select(k => World.Scene(1, k, Frames))];

    [Fact]
    public void Clip_depends_only_on_the_pictures_the_seed_and_its_number()
    {
        var again = TestSprites.World(grounds: [SpriteBackgroundKind.Plain, SpriteBackgroundKind.Gradient]);
        var world = TestSprites.World(grounds: [SpriteBackgroundKind.Plain, SpriteBackgroundKind.Gradient]);
        for (var k = 0; k < 20; k++)
        {
            Assert.Equal(world.Render(world.Scene(5, k, 4), 32).Pixels, again.Render(again.Scene(5, k, 4), 32).Pixels);
            Assert.Equal(world.Captions(world.Scene(5, k, 4), 4, 5, k), again.Captions(again.Scene(5, k, 4), 4, 5, k));
        }

        Assert.NotEqual(world.Render(world.Scene(5, 0, 4), 32).Pixels, world.Render(world.Scene(6, 0, 4), 32).Pixels);
    }

    [Fact]
    public void Number_of_frames_does_not_change_the_motion()
    {
        foreach (var k in Enumerable.Range(0, 200))
        {
            var (few, many) = (World.Scene(2, k, 2), World.Scene(2, k, 9));
            Assert.Equal(few.Meaning, many.Meaning);
            Assert.All(few.Tracks.Zip(many.Tracks), pair => Assert.Equal(pair.First.Poses[0].Size, pair.Second.Poses[0].Size, 0.1));
        }
    }

    [Fact]
    public void Every_round_shows_every_noun_with_every_motion_and_relation_that_is_not_held_out()
    {
        var round = Scenes.Take(World.TopicCount).Select(s => s.Meaning).ToList();
        Assert.Equal(World.TopicCount, round.Select(m => (m.Noun, m.Motion, m.Relation)).Distinct().Count());
        Assert.All(TestSprites.All, sprite => Assert.Contains(round, m => m.Noun == sprite.Name.Noun));
        Assert.InRange(World.TopicCount, 20 * (13 + 7) * 0.85, 20 * (13 + 7));
    }

    [Fact]
    public void Held_out_combinations_never_occur_unless_they_are_included()
    {
        Assert.DoesNotContain(Scenes, s => SpriteSplits.Of(s.Meaning) == ShapesSplit.Judged);
        Assert.Contains(Scenes, s => SpriteSplits.Of(s.Meaning) == ShapesSplit.Tuned);
        var trained = TestSprites.World(includes: split => split == ShapesSplit.Trained);
        Assert.All(Enumerable.Range(0, 2000), k => Assert.Equal(ShapesSplit.Trained, SpriteSplits.Of(trained.Scene(1, k, 1).Meaning)));
        var all = TestSprites.World(includes: _ => true);
        Assert.Contains(Enumerable.Range(0, 400), k => SpriteSplits.Of(all.Scene(1, k, 1).Meaning) == ShapesSplit.Judged);
    }

    [Fact]
    public void Things_stay_in_view_and_do_not_touch_in_groups()
    {
        foreach (var scene in Scenes)
        {
            Assert.Equal(scene.Meaning.Relation is null ? scene.Meaning.Count : 2, scene.Tracks.Count);
            for (var f = 0; f < Frames; f++)
            {
                Assert.All(scene.Tracks, track => Assert.True(Box(track, f) is { Left: >= 0, Top: >= 0, Right: <= 1, Bottom: <= 1 }, $"{scene.Meaning}"));
            }

            var pairs = from a in scene.Tracks from b in scene.Tracks where a != b && scene.Meaning.Relation != SpriteRelation.JumpingOver select (a, b);
            Assert.All(pairs, pair => Assert.All(Enumerable.Range(0, Frames), f => Assert.True(Apart(Box(pair.a, f), Box(pair.b, f)), $"{scene.Meaning}")));
        }
    }

    [Fact]
    public void Two_things_are_large_enough_to_recognize()
    {
        foreach (var scene in Scenes.Where(scene => scene.Meaning.Relation is not null))
        {
            var isStill = scene.Tracks.All(track => track.Poses[0] == track.Poses[^1] && track.Poses[0] == track.Poses[Frames / 2]);
            Assert.All(scene.Tracks, track => Assert.InRange(track.Poses[0].Size, isStill ? 0.34 : 0.19, 0.42));
        }
    }

    [Fact]
    public void Straight_motions_go_in_their_direction_and_rest_in_the_other()
    {
        foreach (var (scene, track) in Of(m => m is SpriteMotion.MovingLeft or SpriteMotion.MovingRight or SpriteMotion.MovingUp or SpriteMotion.MovingDown))
        {
            var (x, y) = (track.Poses[^1].X - track.Poses[0].X, track.Poses[^1].Y - track.Poses[0].Y);
            var (along, across) = scene.Meaning.Motion is SpriteMotion.MovingLeft or SpriteMotion.MovingRight ? (x, y) : (y, x);
            Assert.Equal(0, across, 1e-9);
            Assert.Equal(scene.Meaning.Motion is SpriteMotion.MovingRight or SpriteMotion.MovingDown, along > 0);
            var (low, high) = scene.Meaning.Speed switch { SpriteSpeed.Slowly => (0.1, 0.18), SpriteSpeed.Quickly => (0.42, 0.6), _ => (0.24, 0.38) };
            Assert.InRange(Math.Abs(along), low, high);
        }
    }

    [Fact]
    public void Jump_rises_once_and_bounce_twice()
    {
        foreach (var (scene, track) in Of(m => m is SpriteMotion.Jumping or SpriteMotion.Bouncing))
        {
            var heights = track.Poses.Select(pose => track.Poses[0].Y - pose.Y).ToList();
            var peaks = Enumerable.Range(1, Frames - 2).Count(f => heights[f] > heights[f - 1] + 1e-9 && heights[f] >= heights[f + 1] - 1e-9);
            Assert.Equal(scene.Meaning.Motion == SpriteMotion.Jumping ? 1 : 2, peaks);
            Assert.InRange(heights.Max(), 0.22, 0.4);
            Assert.Equal((0, 0), (Math.Round(heights[^1], 9), Math.Round(track.Poses.Max(p => p.X) - track.Poses.Min(p => p.X), 9)));
        }
    }

    [Fact]
    public void Fall_accelerates_and_tumbles()
    {
        foreach (var (_, track) in Of(m => m == SpriteMotion.Falling))
        {
            var (first, middle, last) = (track.Poses[0], track.Poses[Frames / 2], track.Poses[^1]);
            Assert.InRange(last.Y - first.Y, 0.35, 0.6);
            Assert.Equal(0.25, (middle.Y - first.Y) / (last.Y - first.Y), 1e-6);
            Assert.InRange(Math.Abs(last.Degrees), 20, 50);
        }
    }

    [Fact]
    public void Spin_turns_in_place_and_circle_keeps_its_radius()
    {
        foreach (var (scene, track) in Of(m => m is SpriteMotion.Spinning or SpriteMotion.Orbiting))
        {
            var (centerX, centerY) = Circle(track);
            var isSpin = scene.Meaning.Motion == SpriteMotion.Spinning;
            var (low, high) = scene.Meaning.Speed switch { SpriteSpeed.Slowly => (60, 90), SpriteSpeed.Quickly => (270, 330), _ => (150, 200) };
            Assert.InRange(isSpin ? track.Poses[^1].Degrees - track.Poses[0].Degrees : Travelled(track, centerX, centerY), low, high);
            if (isSpin)
            {
                Assert.Single(track.Poses.Select(p => (p.X, p.Y)).Distinct());
            }
            else
            {
                Assert.InRange(Math.Sqrt(Math.Pow(track.Poses[0].X - centerX, 2) + Math.Pow(track.Poses[0].Y - centerY, 2)), 0.15, 0.26);
                Assert.True(IsLeftOf(track.Poses[0], centerX, centerY), $"{track.Poses[0]}");
            }
        }
    }

    [Fact]
    public void Size_and_opacity_change_steadily()
    {
        foreach (var (scene, track) in Of(m => m is SpriteMotion.Growing or SpriteMotion.Shrinking))
        {
            var ratio = track.Poses[^1].Size / track.Poses[0].Size;
            var (low, high) = scene.Meaning.Speed switch { SpriteSpeed.Slowly => (1.3, 1.4), SpriteSpeed.Quickly => (2.6, 3.0), _ => (1.75, 2.05) };
            Assert.InRange(scene.Meaning.Motion == SpriteMotion.Growing ? ratio : 1 / ratio, low, high);
        }

        foreach (var (_, track) in Of(m => m == SpriteMotion.Fading))
        {
            Assert.Equal(1, track.Poses[0].Opacity);
            Assert.InRange(track.Poses[^1].Opacity, 0, 0.1);
            Assert.All(Enumerable.Range(1, Frames - 1), f => Assert.True(track.Poses[f].Opacity < track.Poses[f - 1].Opacity));
        }

        foreach (var (_, track) in Of(m => m == SpriteMotion.StandingStill))
        {
            Assert.Single(track.Poses.Distinct());
        }
    }

    [Fact]
    public void Size_words_are_true_and_unmentioned_sizes_lie_between()
    {
        var sizes = Of(m => m is not (SpriteMotion.Growing or SpriteMotion.Shrinking)).Where(s => s.Scene.Meaning.Count == 1)
            .ToLookup(s => s.Scene.Meaning.Size, s => s.Track.Poses[0].Size);
        Assert.All(sizes[SpriteSize.Small], size => Assert.InRange(size, 0.18, 0.23));
        Assert.All(sizes[null], size => Assert.InRange(size, 0.26, 0.42));
        Assert.All(sizes[SpriteSize.Big], size => Assert.InRange(size, 0.48, 0.6));
    }

    [Fact]
    public void Relations_are_true()
    {
        foreach (var scene in Scenes.Where(s => s.Meaning.Relation is not null))
        {
            var first = scene.Tracks.Single(t => t.Sprite.Name.Noun == scene.Meaning.Noun);
            var other = scene.Tracks.Single(t => t.Sprite.Name.Noun == scene.Meaning.Other);
            Assert.NotSame(first.Sprite, other.Sprite);
            for (var f = 0; f < Frames; f++)
            {
                var (a, b) = (Box(first, f), Box(other, f));
                var fits = scene.Meaning.Relation switch
                {
                    SpriteRelation.LeftOf => a.Right < b.Left,
                    SpriteRelation.RightOf => a.Left > b.Right,
                    SpriteRelation.Above => a.Bottom < b.Top,
                    SpriteRelation.Below => a.Top > b.Bottom,
                    _ => true,
                };
                Assert.True(fits, $"{scene.Meaning} in frame {f}");
            }

            var (before, after, turn) = (first.Poses[0].X - other.Poses[0].X, first.Poses[^1].X - other.Poses[^1].X, Travelled(first, other.Poses[0].X, other.Poses[0].Y));
            var isTrue = scene.Meaning.Relation switch
            {
                SpriteRelation.JumpingOver => before < 0 && after > 0 && Box(first, Frames / 2).Bottom < Box(other, Frames / 2).Top,
                SpriteRelation.Following => Math.Abs(before - after) < 1e-9 && before < 0 && other.Poses[^1].X > other.Poses[0].X,
                SpriteRelation.OrbitingAround => turn is >= 149 and <= 241 && IsLeftOf(first.Poses[0], other.Poses[0].X, other.Poses[0].Y) && other.Poses.Distinct().Count() == 1,
                _ => first.Poses.Concat(other.Poses).Distinct().Count() == 2,
            };
            Assert.True(isTrue, $"{scene.Meaning}");
        }
    }

    [Fact]
    public void Picture_that_looks_the_same_when_turned_does_not_spin()
    {
        var disc = TestSprites.Create("ball", TestSprites.Disc());
        Assert.False(disc.ShowsTurning);
        Assert.All(TestSprites.All, sprite => Assert.True(sprite.ShowsTurning));
        var world = TestSprites.World([disc], _ => true);
        Assert.Equal(12, world.TopicCount);
        Assert.DoesNotContain(Enumerable.Range(0, 100), k => world.Scene(0, k, 1).Meaning.Motion == SpriteMotion.Spinning);
    }

    [Fact]
    public void Pictures_with_the_same_noun_are_drawn_at_random_and_things_of_a_group_share_one()
    {
        Sprite[] looks = [TestSprites.Create("cat", TestSprites.Flag(200, 0, 0)), TestSprites.Create("cat", TestSprites.Flag(0, 200, 0))];
        var world = TestSprites.World([.. looks, TestSprites.Create("dog", TestSprites.Flag(0, 0, 200))], _ => true);
        Assert.Equal(TestSprites.World([looks[0], TestSprites.Create("dog", TestSprites.Flag(0, 0, 200))], _ => true).TopicCount, world.TopicCount);
        var scenes = Enumerable.Range(0, 300).Select(k => world.Scene(0, k, 1)).ToList();
        var shown = scenes.Where(scene => scene.Meaning is { Noun: "cat", Relation: null }).ToList();
        Assert.All(shown, scene => Assert.Single(scene.Tracks.Select(track => track.Sprite).Distinct()));
        Assert.InRange(shown.Count(scene => scene.Tracks[0].Sprite == looks[0]), shown.Count / 3, 2 * shown.Count / 3);
        Assert.All(scenes.Where(scene => scene.Meaning.Relation is not null), scene => Assert.NotEqual(scene.Meaning.Noun, scene.Meaning.Other));
    }

    [Theory]
    [InlineData(SpriteContent.One)]
    [InlineData(SpriteContent.Group)]
    [InlineData(SpriteContent.Relation)]
    [InlineData(SpriteContent.One, SpriteContent.Group)]
    [InlineData(SpriteContent.Group, SpriteContent.Relation)]
    [InlineData(SpriteContent.One, SpriteContent.Group, SpriteContent.Relation)]
    public void Clips_show_only_the_chosen_contents(params SpriteContent[] contents)
    {
        var world = TestSprites.World(contents);
        var shown = Enumerable.Range(0, 200).Select(k => world.Scene(1, k, 2)).ToList();
        Assert.Equal(contents, shown.Select(scene => scene.Meaning.Content).Distinct().Order());
        Assert.All(shown, scene => Assert.Equal(scene.Meaning.Relation is null ? scene.Meaning.Count : 2, scene.Tracks.Count));
    }

    [Fact]
    public void World_without_combinations_is_refused() => Assert.Equal(
        "TinySora.Sprites.CombinationsMissing", Assert.Throws<TinySoraException>(() => TestSprites.World(includes: _ => false)).Id);

    [Fact]
    public void Backgrounds_differ_from_the_pictures()
    {
        var world = TestSprites.World(grounds: [SpriteBackgroundKind.Plain]);
        for (var k = 0; k < 100; k++)
        {
            var scene = world.Scene(0, k, 1);
            var (red, green, blue) = scene.Background.First;
            Assert.All(scene.Tracks, track => Assert.True(
                System.Numerics.Vector3.Distance(track.Sprite.MeanColor, new(red, green, blue)) >= 60));
        }
    }

    [Fact]
    public void Pose_determines_where_the_picture_is_drawn()
    {
        var sprite = TestSprites.All[0];
        var scene = new SpriteScene(new SpriteMeaning("apple"), new SpriteBackground(SpriteBackgroundKind.Black), [new(sprite, [new(0.6, 0.4, 0.5)])]);
        var clip = World.Render(scene, 64);
        var (left, top, right, bottom) = Lit(clip);
        Assert.Equal(((0.6 - 0.25) * 64, (0.6 + 0.25) * 64), (left, right + 1), new Within(1));
        Assert.Equal(((0.4 - (0.25 * sprite.Height)) * 64, (0.4 + (0.25 * sprite.Height)) * 64), (top, bottom + 1), new Within(1));
        Assert.Equal(TestSprites.All[0].MeanColor.X, clip.Pixels[3 * (((top + 3) * 64) + left + 3)], 2f);

        // A quarter turn exchanges width and height, and moves the upper left corner to the upper right.
        var turned = World.Render(scene with { Tracks = [new(sprite, [new(0.6, 0.4, 0.5, 90)])] }, 64);
        Assert.Equal((right - left, bottom - top), (Lit(turned).Bottom - Lit(turned).Top, Lit(turned).Right - Lit(turned).Left), new Within(1));
        var hidden = World.Render(scene with { Tracks = [new(sprite, [new(0.6, 0.4, 0.5, 0, 0)])] }, 64);
        Assert.Equal(0, hidden.Pixels.Max());
    }

    private static List<(SpriteScene Scene, SpriteTrack Track)> Of(Func<SpriteMotion, bool> isOne)
    {
        var found = Scenes.Where(s => s.Meaning.Motion is { } motion && isOne(motion)).SelectMany(s => s.Tracks.Select(t => (Scene: s, Track: t))).ToList();
        Assert.True(found.Count > 100);
        return found;
    }

    private static (double Left, double Top, double Right, double Bottom) Box(SpriteTrack track, int frame)
    {
        var (pose, sprite) = (track.Poses[frame], track.Sprite);
        var (sin, cos) = Math.SinCos(pose.Degrees * Math.PI / 180);
        var (x, y) = (pose.Size / 2 * ((Math.Abs(cos) * sprite.Width) + (Math.Abs(sin) * sprite.Height)), pose.Size / 2 * ((Math.Abs(sin) * sprite.Width) + (Math.Abs(cos) * sprite.Height)));
        return (pose.X - x, pose.Y - y, pose.X + x, pose.Y + y);
    }

    private static bool Apart((double Left, double Top, double Right, double Bottom) a, (double Left, double Top, double Right, double Bottom) b) =>
        a.Right < b.Left || b.Right < a.Left || a.Bottom < b.Top || b.Bottom < a.Top;

    /// <summary>Returns the center of the circle through three poses.</summary>
    private static (double X, double Y) Circle(SpriteTrack track)
    {
        var (a, b, c) = (track.Poses[0], track.Poses[Frames / 2], track.Poses[^1]);
        var d = 2 * ((a.X * (b.Y - c.Y)) + (b.X * (c.Y - a.Y)) + (c.X * (a.Y - b.Y)));
        double Square(SpritePose p) => (p.X * p.X) + (p.Y * p.Y);
        return (((Square(a) * (b.Y - c.Y)) + (Square(b) * (c.Y - a.Y)) + (Square(c) * (a.Y - b.Y))) / d,
            ((Square(a) * (c.X - b.X)) + (Square(b) * (a.X - c.X)) + (Square(c) * (b.X - a.X))) / d);
    }

    /// <summary>Returns by how many degrees a thing goes clockwise around a point.</summary>
    private static double Travelled(SpriteTrack track, double x, double y)
    {
        var angles = track.Poses.Select(p => Math.Atan2(p.Y - y, p.X - x) * 180 / Math.PI).ToList();
        return angles.Zip(angles.Skip(1), (a, b) => Math.IEEERemainder(b - a, 360)).Sum();
    }

    private static bool IsLeftOf(SpritePose pose, double x, double y) => Math.Abs(pose.Y - y) < x - pose.X;

    private static (int Left, int Top, int Right, int Bottom) Lit(Clip clip)
    {
        var lit = Enumerable.Range(0, clip.Width * clip.Height).Where(i => clip.Pixels.AsSpan(3 * i, 3).ToArray().Max() > 100).ToList();
        return (lit.Min(i => i % clip.Width), lit.Min(i => i / clip.Width), lit.Max(i => i % clip.Width), lit.Max(i => i / clip.Width));
    }

    /// <summary>Compares pairs of numbers with a tolerance.</summary>
    private sealed class Within(double tolerance) : IEqualityComparer<(double A, double B)>
    {
        public bool Equals((double A, double B) x, (double A, double B) y) => Math.Abs(x.A - y.A) <= tolerance && Math.Abs(x.B - y.B) <= tolerance;

        public int GetHashCode((double A, double B) obj) => 0;
    }
}
