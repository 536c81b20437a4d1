using TinySora.Engine.Data.Sprites;

namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>Determines motions and relations from the poses of things over time. Lengths are fractions of the frame.</summary>
internal static class SpriteJudge
{
    /// <summary>Opacity below which a thing's position does not count.</summary>
    private const double Visible = 0.25;

    /// <summary>Maximum opacity in the last frame, relative to the first, of a thing that fades.</summary>
    private const double Faded = 0.45;

    /// <summary>Maximum motion, and maximum change of the size's logarithm, of a thing that stays.</summary>
    private const double MaxMotion = 0.06;
    private const double MaxGrowth = 0.16;

    /// <summary>Minimum distance of a straight motion, of a fall, and minimum height of a jump.</summary>
    private const double MinDistance = 0.085;
    private const double MinFall = 0.33;
    private const double MinHeight = 0.15;

    /// <summary>Maximum distance from a path, as a fraction of its length.</summary>
    private const double MaxStraying = 0.12;

    /// <summary>Minimum turn in degrees of a thing that orbits or spins, and maximum radius of an orbit.</summary>
    private const double MinTurn = 45;
    private const double MinTurnAround = 110;
    private const double MaxRadius = 0.42;

    /// <summary>Returns what things do that move in the same way; <c>null</c> if they do none of the motions.</summary>
    public static SpriteMotion? Motion(IReadOnlyList<SpritePose[]> tracks)
    {
        var seen = Enumerable.Range(0, tracks[0].Length).Where(f => tracks.All(track => track[f].Opacity >= Visible)).ToArray();
        if (seen.Length < 2)
        {
            return null;
        }

        var path = Path(tracks, seen);
        var first = tracks.Average(track => track[0].Opacity);
        if (tracks.Average(track => track[^1].Opacity) <= Faded * first)
        {
            return IsStill(path) && Math.Abs(Growth(tracks, seen)) <= MaxGrowth && IsFading(tracks) ? SpriteMotion.Fading : null;
        }

        if (seen.Length < 0.8 * tracks[0].Length || !MoveTogether(tracks, path))
        {
            return null;
        }

        var growth = Growth(tracks, seen);
        if (Math.Abs(growth) > MaxGrowth)
        {
            return path.RangeX <= Math.Max(MaxMotion, 0.1) && path.RangeY <= Math.Max(MaxMotion, 0.1) && Math.Abs(growth) >= 0.19
                ? growth > 0 ? SpriteMotion.Growing : SpriteMotion.Shrinking : null;
        }

        return IsStill(path) ? SpriteMotion.StandingStill : Moving(path);
    }

    /// <summary>Returns the relation of a thing to another; <c>null</c> if they have none of the relations.</summary>
    public static SpriteRelation? Relation(SpritePose[] first, SpritePose[] second)
    {
        var all = Enumerable.Range(0, first.Length).ToArray();
        var (a, b) = (Path([first], all), Path([second], all));
        if (Math.Abs(Growth([first], all)) > 2 * MaxGrowth || Math.Abs(Growth([second], all)) > 2 * MaxGrowth)
        {
            return null;
        }

        if (!IsStill(b))
        {
            return IsFollowing(a, b) ? SpriteRelation.Following : null;
        }

        var (x, y) = (a.X - b.X, a.Y - b.Y);
        if (IsStill(a))
        {
            return Math.Abs(x) >= 1.2 * Math.Abs(y) ? (x < 0 ? SpriteRelation.LeftOf : SpriteRelation.RightOf)
                : Math.Abs(y) >= 1.2 * Math.Abs(x) ? (y < 0 ? SpriteRelation.Above : SpriteRelation.Below) : null;
        }

        var (across, height) = (a.Fit(true, t => t), a.Fit(false, SpritePaths.Arc));
        var rms = Math.Sqrt((across.RmsResidual * across.RmsResidual) + (height.RmsResidual * height.RmsResidual));
        var circle = a.Circle();
        if (circle.Rms < rms)
        {
            return circle.Rms <= MaxStraying * circle.Radius && Math.Abs(circle.Degrees) >= MinTurnAround && circle.Radius <= MaxRadius
                && Math.Abs(circle.X - b.X) <= 0.1 && Math.Abs(circle.Y - b.Y) <= 0.1 ? SpriteRelation.OrbitingAround : null;
        }

        var peak = a.Y + (height.Slope * (1 - MeanArc(first.Length)));
        return height.Slope <= -MinHeight && Math.Abs(across.Slope) >= MinHeight && rms <= MaxStraying * Math.Abs(height.Slope)
            && Math.Abs(x) <= Math.Abs(across.Slope) / 2 && peak < b.Y - (0.5 * first[0].Size) ? SpriteRelation.JumpingOver : null;
    }

    private static double MeanArc(int frames) => Enumerable.Range(0, frames).Average(f => SpritePaths.Arc(frames == 1 ? 0 : f / (frames - 1.0)));

    private static SpritePathFit Path(IReadOnlyList<SpritePose[]> tracks, int[] frames) => new(
        [.. frames.Select(f => f / Math.Max(1, tracks[0].Length - 1.0))], [.. frames.Select(f => tracks.Average(track => track[f].X))],
        [.. frames.Select(f => tracks.Average(track => track[f].Y))]);

    private static double Growth(IReadOnlyList<SpritePose[]> tracks, int[] frames) => LineFit.Fit(
        [.. frames.Select(f => (f / Math.Max(1, tracks[0].Length - 1.0), tracks.Average(track => Math.Log(track[f].Size))))]).Slope;

    private static bool IsStill(SpritePathFit path) => path.RangeX <= MaxMotion && path.RangeY <= MaxMotion;

    private static bool IsFading(IReadOnlyList<SpritePose[]> tracks)
    {
        var opacities = Enumerable.Range(0, tracks[0].Length).Select(f => tracks.Average(track => track[f].Opacity)).ToArray();
        return opacities.Zip(opacities.Skip(1), (now, next) => next <= now + 0.12).All(falls => falls);
    }

    private static bool MoveTogether(IReadOnlyList<SpritePose[]> tracks, SpritePathFit path)
    {
        var allowed = Math.Max(0.07, 0.25 * Math.Max(path.RangeX, path.RangeY));
        return tracks.Count == 1 || Enumerable.Range(0, tracks[0].Length).All(f =>
        {
            var (x, y) = (tracks.Average(track => track[f].X - track[0].X), tracks.Average(track => track[f].Y - track[0].Y));
            return tracks.All(track => Math.Abs(track[f].X - track[0].X - x) <= allowed && Math.Abs(track[f].Y - track[0].Y - y) <= allowed);
        });
    }

    private static SpriteMotion? Moving(SpritePathFit path)
    {
        var (x, y) = (path.Fit(true, t => t), path.Fit(false, t => t));
        var (fall, jump, bounce) = (path.Fit(false, t => t * t), path.Fit(false, SpritePaths.Arc), path.Fit(false, t => SpritePaths.Arc(2 * t % 1)));
        var circle = path.Circle();
        (SpriteMotion Motion, double Rms, bool IsComplete)[] fits =
        [
            (x.Slope < 0 ? SpriteMotion.MovingLeft : SpriteMotion.MovingRight, Rms(x.RmsResidual, path.RangeY / 4),
                Math.Abs(x.Slope) >= MinDistance && path.RangeY <= Allowed(x.Slope)),
            (y.Slope < 0 ? SpriteMotion.MovingUp : SpriteMotion.MovingDown, Rms(y.RmsResidual, path.RangeX / 4),
                Math.Abs(y.Slope) >= MinDistance && path.RangeX <= Allowed(y.Slope)),
            (SpriteMotion.Falling, Rms(fall.RmsResidual, path.RangeX / 4), fall.Slope >= MinFall && path.RangeX <= Allowed(fall.Slope)),
            (SpriteMotion.Jumping, Rms(jump.RmsResidual, path.RangeX / 4), jump.Slope <= -MinHeight && path.RangeX <= Allowed(jump.Slope)),
            (SpriteMotion.Bouncing, Rms(bounce.RmsResidual, path.RangeX / 4), bounce.Slope <= -MinHeight && path.RangeX <= Allowed(bounce.Slope)),
            (SpriteMotion.Orbiting, 1.3 * circle.Rms, Math.Abs(circle.Degrees) >= MinTurn && circle.Radius is >= 0.1 and <= MaxRadius),
        ];
        var (motion, rms, isComplete) = fits.MinBy(fit => fit.Rms);
        return isComplete && rms <= Math.Max(0.012, MaxStraying * Math.Max(path.RangeX, path.RangeY)) ? motion : null;

        double Rms(double along, double across) => Math.Sqrt((along * along) + (across * across));

        double Allowed(double distance) => Math.Max(MaxMotion, 0.25 * Math.Abs(distance));
    }

    private static bool IsFollowing(SpritePathFit a, SpritePathFit b)
    {
        var (first, second) = (a.Fit(true, t => t), b.Fit(true, t => t));
        return Math.Abs(second.Slope) >= MinDistance && first.Slope * second.Slope > 0 && Math.Abs(first.Slope) >= MinDistance
            && Math.Abs(first.Slope - second.Slope) <= 0.3 * Math.Abs(second.Slope) && a.RangeY <= 0.08 && b.RangeY <= 0.08
            && first.RmsResidual <= MaxStraying * Math.Abs(first.Slope) && second.RmsResidual <= MaxStraying * Math.Abs(second.Slope)
            && (b.X - a.X) * second.Slope > 0 && Math.Abs(b.Y - a.Y) <= Math.Abs(b.X - a.X) / 2;
    }
}
