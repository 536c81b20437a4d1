using System.Text.RegularExpressions;
using TinySora.Engine.Evaluation.Captioning;

namespace TinySora.Engine.Tests.Evaluation.Captioning;

/// <summary>Compares every statement of a caption with the labels of a scene.</summary>
internal static partial class CaptionJudge
{
    /// <summary>A statement of a caption: its kind, its words, and whether it is correct.</summary>
    public sealed record Statement(string Kind, string Words, bool IsRight);

    public static IEnumerable<Statement> Of(AnnotatedSegments.Stretch truth, VideoCaption caption)
    {
        var clauses = Clauses().Matches(caption.Caption);
        foreach (Match clause in clauses)
        {
            var (color, way) = (clause.Groups["color"].Value.Trim(), clause.Groups["way"].Value);
            var ofColor = truth.Things.Where(thing => thing.Colors.Contains(color)).ToList();
            if (color.Length > 0)
            {
                yield return new Statement("color", color, ofColor.Count > 0);
            }

            if (way.Length > 0)
            {
                var ways = (ofColor.Count > 0 ? ofColor : [.. truth.Things]).SelectMany(thing => thing.Directions);
                yield return new Statement("direction", way, ways.Any(w => way.EndsWith(" at first") ? w.StartsWith(way[..^" at first".Length]) : w == way));
            }
        }

        if (clauses.Count == 0)
        {
            foreach (var color in caption.Colors)
            {
                yield return new Statement("color", color, truth.Things.Any(thing => thing.Colors.Contains(color)));
            }
        }

        foreach (var color in caption.Background)
        {
            yield return new Statement("background", color, truth.Background.Contains(color));
        }

        if (caption.Speed is not null)
        {
            yield return new Statement("speed", caption.Speed, caption.Speed == "quickly" ? truth.Speed >= 0.7 : truth.Speed <= 0.25);
        }

        if (caption.Things is { } count)
        {
            yield return new Statement("number", $"{count}", truth.Count.Contains(count));
        }

        if (caption.Brightness is not null)
        {
            yield return new Statement("brightness", caption.Brightness, truth.Brightness.Contains(caption.Brightness));
        }

        // If there is no cut and the caption mentions none, there is no statement.
        if (caption.Cuts > 0 || truth.Cuts > 0)
        {
            yield return new Statement("cuts", $"{caption.Cuts}", caption.Cuts == truth.Cuts);
        }
    }

    [GeneratedRegex(
        @"(?:^|and )an? (?<color>(?:(?:dark |light )?[a-z]+ )?)object "
        + @"(?:moving ?(?:slowly |quickly )?(?<way>(?:(?:up|down|left|right)(?: and |, then | at first)?)*)|[a-z ]+?)"
        + @"(?= and an? | and growing| and shrinking| before| on |,|$)")]
    private static partial Regex Clauses();
}
