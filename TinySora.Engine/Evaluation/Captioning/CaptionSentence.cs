namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>Describes a clip in the form of a prompt: "a red circle moving quickly right on black".</summary>
internal static class CaptionSentence
{
    /// <summary>Speed limits for the words "slowly" and "quickly", in frame widths per second.</summary>
    private const double SlowBelow = 0.2;
    private const double QuickFrom = 0.8;

    private static readonly string[] Numbers = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

    /// <summary>Returns the word for an object's speed; <c>null</c> if it is neither slow nor quick, or has no direction.</summary>
    public static string? Speed(SceneObject thing) =>
        thing.Trajectory.Description is null ? null : thing.Trajectory.Speed < SlowBelow ? "slowly" : thing.Trajectory.Speed >= QuickFrom ? "quickly" : null;

    /// <param name="all">Content of the clip.</param>
    /// <param name="cuts">Number of cuts.</param>
    public static string Of(ClipContent all, int cuts)
    {
        // Objects at rest belong to the background if something moves.
        var moving = all.Things.Where(thing => thing.Moves).ToList();
        var sight = moving.Count == 0 ? all : all with { Things = moving };
        var background = Background(sight);
        var seen = sight switch
        {
            { Camera: { } way } => Join($"the camera moving {way}", sight.Background.Count == 0 ? null : $"over {And(sight.Background)}"),
            { Things.Count: 0, IsStill: true } => Join("a still picture", In(sight)),
            { Things.Count: 0 } => Join("a scene", In(sight)),
            { Things: [var one] } => Join(Clause(one, sight.Shape ?? "object", sight.IsStill), background),
            { Things: [var one, var other] } => Join($"{Clause(one, "object", sight.IsStill)} and {Clause(other, "object", sight.IsStill)}", background),
            _ => Join(Many(sight), background),
        };
        return cuts == 0 ? seen : $"{seen}, with {Number(cuts)} cut{(cuts == 1 ? "" : "s")}";
    }

    private static string Clause(SceneObject thing, string noun, bool isStill)
    {
        var name = Join(thing.Color, noun);
        // An object without a direction that is not at rest may rotate or change in another way.
        var motion = thing.Motion ?? (isStill ? "standing still" : thing.Moves ? "moving" : null);
        return Join("aeio".Contains(name[0]) ? "an" : "a", name, Speed(thing) is { } speed ? motion?.Replace("moving", $"moving {speed}") : motion);
    }

    private static string Many(ClipContent sight)
    {
        string?[] colors = [.. sight.Things.Select(t => t.Color).Distinct()];
        var count = sight.IsComplete ? Number(sight.Things.Count) : "several";
        var what = colors is [{ } one] ? Join(count, one, "objects") : $"{count} objects";
        var motions = sight.Things.Select(t => t.Motion).Distinct().ToList();
        var motion = sight.IsStill ? "standing still" : motions is [{ } same] ? same : sight.Things[0].Moves ? "moving" : null;
        return Join(what, motion, colors.Length > 1 && colors.All(c => c is not null) ? $"({And([.. colors.OfType<string>()])})" : null)!;
    }

    private static string? Background(ClipContent sight) => sight switch
    {
        { Background.Count: 0 } => null,
        { IsPlain: true } => $"on {sight.Background[0]}",
        _ => $"before a {And(sight.Background)} background",
    };

    private static string? In(ClipContent sight) => sight switch
    {
        { Background.Count: > 0 } => $"in {And(sight.Background)}",
        { Brightness: { } brightness } => $"in {brightness} colors",
        _ => null,
    };

    private static string And(IReadOnlyList<string> words) =>
        words.Count == 1 ? words[0] : $"{string.Join(", ", words.Take(words.Count - 1))} and {words[^1]}";

    private static string Number(int count) => count < Numbers.Length ? Numbers[count] : FormattableString.Invariant($"{count}");

    private static string Join(params string?[] words) => string.Join(' ', words.Where(word => word is not null));
}
