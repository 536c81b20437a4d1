using TinySora.Engine.Errors;

namespace TinySora.Engine.Generation;

/// <summary>Which clips are sampled together, and which of them are written.</summary>
/// <param name="Clips">All that are sampled.</param>
/// <param name="BatchSize">The most at a time.</param>
/// <param name="Skipped">How many come before the first that is wanted.</param>
/// <param name="Wanted">How many are, from there.</param>
internal sealed record BatchPlan(int Clips, int BatchSize, int Skipped, int Wanted)
{
    /// <exception cref="TinySoraException">BadCount, BadBatch.</exception>
    public static BatchPlan For(GenerationRequest request)
    {
        if (request.Count < 1)
        {
            throw GenerationErrors.BadCount(request.Count);
        }

        // Another number of videos, or exact ones, are new videos and no repetition.
        if (request.Batch is not (int length, int place) || request.Count > 1 || request.Exact)
        {
            return new(request.Count, request.Exact ? 1 : VideoGenerator.BatchSize, 0, request.Count);
        }

        return length is >= 1 and <= VideoGenerator.BatchSize && place >= 0 && place < length
            ? new(length, length, place, 1)
            : throw GenerationErrors.BadBatch(length, place, VideoGenerator.BatchSize);
    }

    public bool IsWanted(int clip) => clip >= Skipped && clip < Skipped + Wanted;

    /// <summary>The length of the batch that a clip is in, and its place there.</summary>
    public (int Length, int Index) BatchOf(int clip)
    {
        var start = clip / BatchSize * BatchSize;
        return (Math.Min(BatchSize, Clips - start), clip - start);
    }
}
