namespace TinySora.Engine.Data.Sprites;

/// <summary>
/// Poses of things over time, around an arbitrary origin. Lengths are fractions of the frame. The total motion does not depend on the number of frames, and
/// the ranges for slow, unspecified and quick motion do not overlap. Directions and arrangements that captions do not state are the same in all clips: things
/// turn and orbit clockwise, orbits begin at the left, a thing that follows or jumps over another one moves right, and "next to" means to the left. If clips
/// with the same captions moved in different directions, a model would generate their mean, which does not move.
/// </summary>
internal static class SpritePaths
{
    /// <summary>Ranges of a value for slow, unspecified and quick motion.</summary>
    private readonly record struct Ranges((double Low, double High) Slow, (double Low, double High) Usual, (double Low, double High) Quick)
    {
        public double Draw(SpriteSpeed? speed, ref SplitMix64 random)
        {
            var (low, high) = speed switch { SpriteSpeed.Slowly => Slow, SpriteSpeed.Quickly => Quick, _ => Usual };
            return random.Between(low, high);
        }
    }

    /// <summary>Distance of a straight motion.</summary>
    private static readonly Ranges Distance = new((0.12, 0.18), (0.28, 0.38), (0.5, 0.58));

    /// <summary>Clockwise turn in degrees of a thing that spins, or that orbits.</summary>
    private static readonly Ranges Turn = new((60, 90), (150, 200), (270, 330));

    /// <summary>Ratio of the sizes of a thing that grows or shrinks.</summary>
    private static readonly Ranges Growth = new((1.3, 1.4), (1.75, 2.05), (2.6, 3));

    /// <summary>Range of the angle at which orbits begin, in degrees clockwise from the right.</summary>
    private static readonly (double Low, double High) OrbitStart = (160, 200);

    /// <summary>Returns whether a caption can state how fast a motion is.</summary>
    public static bool HasSpeed(SpriteMotion motion) => motion is SpriteMotion.MovingLeft or SpriteMotion.MovingRight or SpriteMotion.MovingUp
        or SpriteMotion.MovingDown or SpriteMotion.Orbiting or SpriteMotion.Spinning or SpriteMotion.Growing or SpriteMotion.Shrinking;

    /// <summary>Returns whether a caption can state the size of a thing in motion.</summary>
    public static bool HasSize(SpriteMotion motion) => motion is not (SpriteMotion.Growing or SpriteMotion.Shrinking or SpriteMotion.Falling);

    /// <summary>Returns whether several things can move in this way.</summary>
    public static bool HasCount(SpriteMotion motion) => motion != SpriteMotion.Orbiting;

    /// <summary>
    /// Draws the size of one of the things that a meaning without a relation mentions. A thing that grows or shrinks has this size when it is small.
    /// </summary>
    public static double DrawSize(SpriteMeaning meaning, ref SplitMix64 random) => meaning switch
    {
        { Size: SpriteSize.Small } => random.Between(0.19, 0.23),
        { Size: SpriteSize.Big } => random.Between(0.52, 0.6),
        { Motion: SpriteMotion.Growing or SpriteMotion.Shrinking, Count: > 1 } => random.Between(0.14, 0.16),
        { Motion: SpriteMotion.Growing or SpriteMotion.Shrinking } => random.Between(0.2, 0.25),
        { Count: > 1 } => random.Between(0.23, 0.28),
        { Motion: SpriteMotion.Falling } => random.Between(0.28, 0.34),
        _ => random.Between(0.36, 0.42),
    };

    /// <summary>Returns a function from time t in [0, 1] to the pose of a thing, relative to its place.</summary>
    /// <param name="size">Size of the thing; of one that grows or shrinks, its size when it is small.</param>
    public static Func<double, SpritePose> Draw(SpriteMotion motion, SpriteSpeed? speed, double size, ref SplitMix64 random)
    {
        SpritePose At(double x, double y, double degrees = 0) => new(x, y, size, degrees);
        var distance = Distance.Draw(speed, ref random);
        var turn = Turn.Draw(speed, ref random);
        var growth = Growth.Draw(speed, ref random);
        var start = random.Between(OrbitStart.Low, OrbitStart.High);
        var height = random.Between(0.28, 0.38);
        var fall = random.Between(0.5, 0.56);
        var tumble = random.Between(20, 50);
        var radius = random.Between(0.19, 0.25);
        return motion switch
        {
            SpriteMotion.MovingLeft => t => At(-distance * t, 0),
            SpriteMotion.MovingRight => t => At(distance * t, 0),
            SpriteMotion.MovingUp => t => At(0, -distance * t),
            SpriteMotion.MovingDown => t => At(0, distance * t),
            SpriteMotion.Jumping => t => At(0, -height * Arc(t)),
            SpriteMotion.Bouncing => t => At(0, -height * Arc(2 * t % 1)),
            SpriteMotion.Falling => t => At(0, fall * t * t, tumble * t),
            SpriteMotion.Orbiting => t => Around(radius, start + (turn * t), size),
            SpriteMotion.Spinning => t => At(0, 0, turn * t),
            SpriteMotion.Growing => t => new SpritePose(0, 0, size * (1 + ((growth - 1) * t))),
            SpriteMotion.Shrinking => t => new SpritePose(0, 0, size * (growth - ((growth - 1) * t))),
            SpriteMotion.Fading => t => new SpritePose(0, 0, size, 0, 1 - (0.95 * t)),
            _ => _ => At(0, 0),
        };
    }

    /// <summary>Returns a function from time t in [0, 1] to the poses of two things that have a relation.</summary>
    public static Func<double, (SpritePose First, SpritePose Second)> Draw(SpriteRelation relation, Sprite first, Sprite second, ref SplitMix64 random)
    {
        // Things are as large as the frame allows, so that they can be recognized; those that stay in place are as large as a single one.
        var (gap, shift) = (random.Between(0.04, 0.1), random.Between(-0.05, 0.05));
        var moves = relation is SpriteRelation.JumpingOver or SpriteRelation.Following or SpriteRelation.OrbitingAround;
        var (low, high) = moves ? (0.27, 0.32) : (0.36, 0.42);
        var (a, b) = (random.Between(low, high), random.Between(low, high));
        var along = random.Between(0.24, 0.3);
        var turn = random.Between(150, 240);
        var start = random.Between(OrbitStart.Low, OrbitStart.High);
        switch (relation)
        {
            case SpriteRelation.JumpingOver:
                // Both stand on the same ground before and after the jump.
                var (reach, ground) = ((((first.Width * a) + (second.Width * b)) * 0.53) + 0.03, ((second.Height * b) - (first.Height * a)) / 2);
                var peak = (second.Height * b) + 0.04 + gap;
                return t => (new SpritePose(reach * ((2 * t) - 1), ground - (peak * Arc(t)), a), new SpritePose(0, 0, b));
            case SpriteRelation.Following:
                var behind = (((first.Width * a) + (second.Width * b)) / 2) + gap;
                return t => (new SpritePose((along * t) - behind, 0, a), new SpritePose(along * t, 0, b));
            case SpriteRelation.OrbitingAround:
                a *= 0.75;
                var radius = (Math.Max(Diagonal(first, a), Diagonal(second, b)) / 2) + (0.5 * a) + 0.04;
                return t => (Around(radius, start + (turn * t), a), new SpritePose(0, 0, b));
            case SpriteRelation.LeftOf or SpriteRelation.RightOf:
                var x = ((((first.Width * a) + (second.Width * b)) / 2) + gap) * (relation == SpriteRelation.LeftOf ? -1 : 1);
                return _ => (new SpritePose(x, shift, a), new SpritePose(0, 0, b));
            default:
                var y = ((((first.Height * a) + (second.Height * b)) / 2) + gap) * (relation == SpriteRelation.Above ? -1 : 1);
                return _ => (new SpritePose(shift, y, a), new SpritePose(0, 0, b));
        }
    }

    /// <summary>Returns the places of several things that do not touch while they move.</summary>
    /// <param name="size">Maximum size of each thing.</param>
    public static IReadOnlyList<(double X, double Y)> Arrange(SpriteMeaning meaning, Sprite sprite, double size, ref SplitMix64 random)
    {
        var motion = meaning.Motion;
        var (width, height) = motion is SpriteMotion.Spinning or SpriteMotion.Falling
            ? (Diagonal(sprite, size), Diagonal(sprite, size)) : (size * sprite.Width, size * sprite.Height);
        var (stepX, stepY) = (width + random.Between(0.05, 0.08), height + random.Between(0.05, 0.08));
        var isSideways = motion is SpriteMotion.MovingLeft or SpriteMotion.MovingRight;
        var isUpright = motion is SpriteMotion.MovingUp or SpriteMotion.MovingDown or SpriteMotion.Falling or SpriteMotion.Jumping or SpriteMotion.Bouncing;
        return meaning.Count switch
        {
            1 => [(0, 0)],
            2 => isSideways ? [(0, 0), (0, stepY)] : [(0, 0), (stepX, 0)],
            3 => isUpright ? [(0, 0), (stepX, 0), (2 * stepX, 0)] : [(stepX / 2, 0), (0, stepY), (stepX, stepY)],
            _ => [(0, 0), (stepX, 0), (0, stepY), (stepX, stepY)],
        };
    }

    /// <summary>Height of an arc from 0 through 1 to 0.</summary>
    internal static double Arc(double t) => 4 * t * (1 - t);

    private static double Diagonal(Sprite sprite, double size) => size * Math.Sqrt((sprite.Width * sprite.Width) + (sprite.Height * sprite.Height));

    private static SpritePose Around(double radius, double degrees, double size)
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        return new SpritePose(radius * cos, radius * sin, size);
    }
}
