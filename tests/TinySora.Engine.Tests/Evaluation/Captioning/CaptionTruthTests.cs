using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Evaluation.Captioning;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Tests.Evaluation.Captioning;

/// <summary>The share of correct statements in captions of synthetic worlds and of labelled videos.</summary>
public class CaptionTruthTests(ITestOutputHelper output)
{
    private const double Wanted = 0.9;

    [Theory]
    [InlineData(32, 5)]
    [InlineData(64, 16)]
    public void Captions_of_the_shapes_world_say_what_was_drawn(int size, int frames)
    {
        var statements = new List<(string Kind, string Described, string Truth)>();
        for (var k = 0; k < ShapesWorld.AllCombinations.Count; k++)
        {
            var truth = ShapesWorld.AllCombinations[k];
            var sight = ClipContent.Analyze(ShapesWorld.Render(truth, (ulong)k, size, frames), 0.1);
            var caption = CaptionSentence.Of(sight, 0);
            statements.Add(("number", $"{sight.Things.Count}", "1"));
            statements.Add(("color", sight.Things[0].Color ?? "", truth.Color));
            statements.Add(("shape", sight.Shape ?? "", truth.Shape));
            statements.Add(("motion", sight.Things[0].Motion ?? "", truth.Motion));
            statements.Add(("background", string.Join(' ', sight.Background), "black"));
            var speed = CaptionSentence.Speed(sight.Things[0]) is { } word ? $" {word}" : "";
            var motion = truth.Motion.Replace("moving", "moving" + speed, StringComparison.Ordinal);
            statements.Add(("sentence", caption, $"{ShapesWorld.Caption(truth).Replace(truth.Motion, motion, StringComparison.Ordinal)} on black"));
        }

        Judge(statements);
    }

    [Fact]
    public void Captions_of_moving_digits_say_where_they_move()
    {
        var statements = new List<(string Kind, string Described, string Truth)>();
        var draw = new MovingMnist().Open(new MovingMnist().Defaults);
        for (var k = 0; k < 200; k++)
        {
            var (clip, captions) = draw(k);
            var sight = ClipContent.Analyze(Resample.ToChannels(clip, 3), 0.1);
            var truth = captions[0].Split(" moving ")[1].Replace(" then bouncing", "", StringComparison.Ordinal);
            statements.Add(("number", $"{sight.Things.Count}", "1"));
            statements.Add(("color", sight.Things[0].Color ?? "", "white"));
            statements.Add(("background", string.Join(' ', sight.Background), "black"));

            // The world's caption says the first direction; the captioner adds a second one, and says nothing about digits that turn immediately.
            var described = sight.Things[0].Trajectory.Description?.Split(", then ")[0].Replace(" at first", "", StringComparison.Ordinal);
            statements.Add(("direction", described ?? "", truth));
        }

        Judge(statements);
    }

    /// <param name="list">Scenes used while the rules were developed, or scenes held out.</param>
    [Theory]
    [InlineData("film-stretches", 100)]
    [InlineData("film-stretches-unseen", 40)]
    public void Captions_of_videos_say_what_is_visible(string list, int least)
    {
        Assert.SkipWhen(AnnotatedSegments.Folder is null, "There are no films: install python3-mecavideo.");
        var statements = new List<CaptionJudge.Statement>();
        var stretches = AnnotatedSegments.Read(list);
        foreach (var stretch in stretches)
        {
            var caption = AnnotatedSegments.Describe(stretch);
            output.WriteLine($"{stretch.Film} {stretch.Start} {stretch.Change}: {caption.Caption}");
            foreach (var statement in CaptionJudge.Of(stretch, caption))
            {
                statements.Add(statement);
                output.WriteLine($"    {(statement.IsRight ? "right" : "WRONG")} {statement.Kind}: {statement.Words}");
            }
        }

        foreach (var kind in statements.GroupBy(s => s.Kind))
        {
            output.WriteLine($"{kind.Key}: {kind.Count(s => s.IsRight)} of {kind.Count()}");
        }

        Assert.True(statements.Count >= least, $"{statements.Count} statements are few for {stretches.Count} stretches.");
        Assert.InRange(statements.Count(s => s.IsRight), Wanted * statements.Count, statements.Count);
    }

    /// <summary>Nine of ten statements of every kind are correct; a missing statement counts as wrong.</summary>
    private void Judge(List<(string Kind, string Described, string Truth)> statements)
    {
        foreach (var (kind, described, truth) in statements.Where(s => s.Described != s.Truth))
        {
            output.WriteLine($"{kind} '{described}' in place of '{truth}'");
        }

        foreach (var kind in statements.GroupBy(s => s.Kind))
        {
            var right = kind.Count(s => s.Described == s.Truth);
            output.WriteLine($"{kind.Key}: {right} of {kind.Count()}");
            Assert.True(right >= Wanted * kind.Count(), $"{kind.Key}: {right} of {kind.Count()}");
        }
    }
}
