namespace TinySora.Engine.Data.Sprites;

/// <summary>What the things in a clip do.</summary>
public enum SpriteMotion
{
    StandingStill,
    MovingLeft,
    MovingRight,
    MovingUp,
    MovingDown,
    Jumping,
    Falling,
    Orbiting,
    Spinning,
    Growing,
    Shrinking,
    Fading,
    Bouncing,
}

/// <summary>How the first of two things relates to the second.</summary>
public enum SpriteRelation
{
    LeftOf,
    RightOf,
    Above,
    Below,
    JumpingOver,
    Following,
    OrbitingAround,
}

/// <summary>Size of a thing that a caption mentions.</summary>
public enum SpriteSize
{
    Small,
    Big,
}

/// <summary>Speed of a motion that a caption mentions.</summary>
public enum SpriteSpeed
{
    Slowly,
    Quickly,
}

/// <summary>Contents of a clip in a sprite world.</summary>
public enum SpriteContent
{
    /// <summary>One thing in a motion.</summary>
    One,

    /// <summary>Two to four things of a kind in a motion.</summary>
    Group,

    /// <summary>Two different things in a relation.</summary>
    Relation,
}

/// <summary>
/// Meaning of a caption in a sprite world: one to four things of a kind and their motion, or two things and their relation. Captions with the same meaning
/// differ only in their words.
/// </summary>
/// <param name="Noun">First name of the thing, without article.</param>
public sealed record SpriteMeaning(string Noun)
{
    /// <summary>What the things do; <c>null</c> with a relation, or if a prompt does not mention it.</summary>
    public SpriteMotion? Motion { get; init; }

    /// <summary>Number of things, 1 to 4.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Size of the thing; <c>null</c> if it is not mentioned.</summary>
    public SpriteSize? Size { get; init; }

    /// <summary>Speed of the motion; <c>null</c> if it is not mentioned.</summary>
    public SpriteSpeed? Speed { get; init; }

    /// <summary>Relation of the thing to <see cref="Other"/>; <c>null</c> without a second thing.</summary>
    public SpriteRelation? Relation { get; init; }

    /// <summary>Name of the second thing; <c>null</c> without a relation.</summary>
    public string? Other { get; init; }

    public SpriteContent Content => Relation is not null ? SpriteContent.Relation : Count > 1 ? SpriteContent.Group : SpriteContent.One;
}
