namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>Determines whether things spin, from how well the picture of the clearest one fits in all rotations at its place in the first frame.</summary>
internal static class SpriteSpin
{
    /// <summary>Distance in degrees of the rotations and of the total turns on the grid, and the range of turns.</summary>
    private const int Step = 6;
    private const int TurnStep = 5;
    private const int MinTurn = 45;
    private const int MaxTurn = 400;

    /// <summary>Number of turns that are fitted, and of steps for each frame.</summary>
    private const int FittedTurns = 6;
    private const int Steps = 3;

    /// <summary>Maximum distance of a tracked position from that in the first frame.</summary>
    private const double MaxMotion = 0.15;

    /// <summary>Minimum score of a thing that spins relative to one that stands still, and to one that is followed freely.</summary>
    private const double OverStill = 1.01;
    private const double OverTracked = 0.85;

    /// <summary>Minimum opacity and maximum change of the size's logarithm, and minimum fraction of frames in which they are kept.</summary>
    private const double MinOpacity = 0.5;
    private const double MaxGrowth = 0.12;
    private const double MinSteady = 0.75;

    public static bool Shows(IReadOnlyList<SpriteFrame> frames, List<SpriteFit[]> tracks, SpriteFitter fitter)
    {
        var (first, track) = (tracks[0][0], tracks[0]);
        if (frames.Count < 2 || track.Any(fit => Math.Abs(fit.Pose.X - first.Pose.X) > MaxMotion || Math.Abs(fit.Pose.Y - first.Pose.Y) > MaxMotion))
        {
            return false;
        }

        // Scores by frame and rotation.
        var scores = frames.Select(frame => Enumerable.Range(0, 360 / Step).Select(n =>
            fitter.Measure(frame, first.Sprite, first.Pose with { Degrees = n * Step }).Gain).ToArray()).ToArray();

        // The grid shows which speeds are possible; the fit decides.
        var turns = Enumerable.Range(MinTurn / TurnStep, ((MaxTurn - MinTurn) / TurnStep) + 1).SelectMany(n => (double[])[n * TurnStep, -n * TurnStep])
            .OrderByDescending(Sum).Take(FittedTurns);
        var (still, best) = (Gain(0, turns: false), turns.Max(turn => Gain(turn, turns: true)));
        return best > 0 && best > OverStill * still && best >= OverTracked * track.Sum(fit => fit.Gain);

        double Gain(double turn, bool turns)
        {
            var fits = frames.Select((frame, f) => fitter.Refine(
                frame, first.Sprite, first.Pose with { Degrees = turn * f / (frames.Count - 1) }, Steps, turns, MinOpacity)).ToList();
            return fits.Count(IsSteady) >= MinSteady * fits.Count ? fits.Sum(fit => fit.Gain) : 0;
        }

        // Things that grow or fade would fit as well.
        bool IsSteady(SpriteFit fit) => fit.Pose.Opacity > MinOpacity && Math.Abs(Math.Log(fit.Pose.Size / first.Pose.Size)) < MaxGrowth;

        // Sum of scores of a thing that turns at a constant speed.
        double Sum(double turn) => scores.Select((row, f) =>
        {
            var place = (((turn * f / (frames.Count - 1)) % 360) + 360) % 360 / Step;
            var (low, share) = ((int)place, place - (int)place);
            return (row[low % row.Length] * (1 - share)) + (row[(low + 1) % row.Length] * share);
        }).Sum();
    }
}
