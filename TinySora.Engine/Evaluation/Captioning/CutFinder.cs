using TinySora.Engine.Media;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>Tells where a film goes over to another shot: frames come one after the other, and each is judged when the next is there.</summary>
internal sealed class CutFinder
{
    /// <summary>Cells across and down whose mean colours are compared.</summary>
    private const int Cells = 16;

    /// <summary>The difference of a channel, of 255, from which on a cell has changed.</summary>
    private const int Changed = 12;

    /// <summary>The share of the cells that a cut changes at least.</summary>
    private const double LeastShare = 0.35;

    /// <summary>How many times more cells a cut changes than the step before it and the one after: what moves fast changes many at every step.</summary>
    private const double LeastJump = 2.2;

    private byte[]? last;
    private double before;
    private double now;

    /// <returns>Whether the frame before this one began another shot.</returns>
    public bool Add(Clip frame)
    {
        var cells = Resample.Resize(frame, Cells, Cells).Pixels;
        var share = last is null ? 0 : Enumerable.Range(0, Cells * Cells).Count(i => Backdrop.Difference(cells, last, i) > Changed) / (double)(Cells * Cells);
        var isCut = now >= LeastShare && now >= LeastJump * Math.Max(before, share);
        (before, now, last) = (now, share, cells);
        return isCut;
    }
}
