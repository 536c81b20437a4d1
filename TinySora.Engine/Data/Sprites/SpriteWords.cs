namespace TinySora.Engine.Data.Sprites;

/// <summary>
/// The words of captions. The first phrase of each meaning is the one that the first caption of a clip uses; others are paraphrases. No phrase has two
/// meanings, so that <see cref="SpriteParser"/> can invert captions. The exceptions are "orbiting" and "circling", which are relations if another thing
/// follows, and motions otherwise.
/// </summary>
internal static class SpriteWords
{
    public static readonly string[] Counts = ["one", "two", "three", "four"];

    /// <summary>Speed word that follows the motion, never precedes it.</summary>
    public const string OnlyAfter = "fast";

    /// <summary>The phrase in <see cref="SideBySide"/> that has no verb before it.</summary>
    public const string And = "and";

    /// <summary>Phrases for two things next to each other. Captions of any dataset may contain them, so they do not identify a sprite world.</summary>
    public static readonly string[] SideBySide = ["next to", "beside", And];

    public static IReadOnlyDictionary<SpriteMotion, string[]> Motions { get; } = new Dictionary<SpriteMotion, string[]>
    {
        [SpriteMotion.StandingStill] = ["standing still", "staying still", "not moving", "standing", "sitting"],
        [SpriteMotion.MovingLeft] =
        [
            "moving left", "moving to the left", "going left", "sliding to the left",
            "running left", "running to the left", "walking left", "flying left",
        ],
        [SpriteMotion.MovingRight] =
        [
            "moving right", "moving to the right", "going right", "sliding to the right",
            "running right", "running to the right", "walking right", "flying right",
        ],
        [SpriteMotion.MovingUp] = ["moving up", "going up", "rising", "moving upwards", "flying up"],
        [SpriteMotion.MovingDown] = ["moving down", "going down", "sinking", "moving downwards", "flying down"],
        [SpriteMotion.Jumping] = ["jumping", "jumping up", "leaping up", "jumping once", "hopping"],
        [SpriteMotion.Falling] = ["falling", "falling down", "dropping", "dropping down"],
        [SpriteMotion.Orbiting] = ["orbiting", "moving in a circle", "circling", "going in circles", "flying in circles"],
        [SpriteMotion.Spinning] = ["spinning", "rotating", "turning", "spinning around"],
        [SpriteMotion.Growing] = ["growing", "getting bigger", "becoming larger", "growing larger"],
        [SpriteMotion.Shrinking] = ["shrinking", "getting smaller", "becoming smaller"],
        [SpriteMotion.Fading] = ["fading", "fading away", "disappearing", "vanishing"],
        [SpriteMotion.Bouncing] = ["bouncing", "bouncing up and down", "hopping up and down", "jumping up and down"],
    };

    public static IReadOnlyDictionary<SpriteRelation, string[]> Relations { get; } = new Dictionary<SpriteRelation, string[]>
    {
        [SpriteRelation.LeftOf] = ["left of", "to the left of", "on the left of", .. SideBySide],
        [SpriteRelation.RightOf] = ["right of", "to the right of", "on the right of"],
        [SpriteRelation.Above] = ["above", "over", "directly above"],
        [SpriteRelation.Below] = ["below", "under", "beneath", "underneath"],
        [SpriteRelation.JumpingOver] = ["jumping over", "leaping over", "hopping over"],
        [SpriteRelation.Following] = ["following", "chasing", "going after", "moving behind", "running after"],
        [SpriteRelation.OrbitingAround] = ["orbiting around", "circling around", "going around", "moving around", "orbiting", "circling", "flying around"],
    };

    public static IReadOnlyDictionary<SpriteSize, string[]> Sizes { get; } = new Dictionary<SpriteSize, string[]>
    {
        [SpriteSize.Small] = ["small", "little", "tiny"],
        [SpriteSize.Big] = ["big", "large", "huge"],
    };

    public static IReadOnlyDictionary<SpriteSpeed, string[]> Speeds { get; } = new Dictionary<SpriteSpeed, string[]>
    {
        [SpriteSpeed.Slowly] = ["slowly"],
        [SpriteSpeed.Quickly] = ["quickly", OnlyAfter],
    };
}
