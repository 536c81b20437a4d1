using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;

namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>The prompt of a generated clip from a sprite world, and the content found in the clip.</summary>
public sealed record SpriteVerdict
{
    private readonly SpriteMeaning requested;
    private readonly SpriteSighting seen;

    internal SpriteVerdict(string prompt, long seed, SpriteMeaning requested, SpriteSighting seen) =>
        (Prompt, Seed, this.requested, this.seen) = (prompt, seed, requested, seen);

    public string Prompt { get; }

    public long Seed { get; }

    /// <summary>Whether the combination of noun and motion, or of two nouns and relation, is excluded from the training data.</summary>
    public bool HeldOut => SpriteSplits.Of(requested) == ShapesSplit.Judged;

    /// <summary>What the prompt asks for: one thing, a group, or a relation.</summary>
    public SpriteContent Content => requested.Content;

    /// <summary>Short name of the model that generated the clip, see <see cref="Training.Checkpoints.ModelName"/>; <c>null</c> if unknown.</summary>
    public string? Model { get; init; }

    /// <summary>Name of the thing in the clip, or of the first of two things; <c>null</c> if the pixels are inconclusive.</summary>
    public string? Noun => seen.Noun;

    /// <summary>Number of things in the clip.</summary>
    public int Count => seen.Count;

    /// <summary>Motion in the clip; <c>null</c> if the pixels are inconclusive, or if the clip shows two different things.</summary>
    public SpriteMotion? Motion => seen.Motion;

    /// <summary>Relation in the clip; <c>null</c> if the pixels are inconclusive, or if the clip does not show two different things.</summary>
    public SpriteRelation? Relation => seen.Relation;

    /// <summary>Name of the second thing in the clip; <c>null</c> if the pixels are inconclusive, or if there is no other thing.</summary>
    public string? Other => seen.Other;

    /// <summary>Whether the clip shows what the prompt names, and nothing else.</summary>
    public bool NounObeyed => Noun == requested.Noun && Other == requested.Other;

    public bool CountObeyed => Count == (requested.Relation is null ? requested.Count : 2);

    /// <summary>Whether the clip shows the motion; <c>null</c> if the prompt does not mention one.</summary>
    public bool? MotionObeyed => requested.Motion is null ? null : Motion == requested.Motion;

    /// <summary>Whether the clip shows the relation; <c>null</c> if the prompt does not mention one.</summary>
    public bool? RelationObeyed => requested.Relation is null ? null : Relation == requested.Relation;

    public bool Obeyed => NounObeyed && CountObeyed && MotionObeyed != false && RelationObeyed != false;

    public override string ToString() => $"{Prompt}: {(Obeyed ? "followed" : "not followed")}";
}
