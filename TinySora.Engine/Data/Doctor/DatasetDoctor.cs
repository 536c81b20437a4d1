using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Doctor;

/// <summary>Finds what is wrong with the clips of a folder before a training does.</summary>
public static class DatasetDoctor
{
    /// <summary>
    /// Reads the clips below a folder in parallel while the result is enumerated, and gives one record for each problem, in the
    /// order of the clips' names, and at the end those of files that look like videos and are not read. A healthy dataset gives none. Of two clips that
    /// show the same, the second is the duplicate.
    /// </summary>
    /// <param name="needs">Adds what is wrong for this model: sizes, lengths, whether captions matter.</param>
    /// <exception cref="TinySoraException">The folder is missing or holds no clip; FFmpegMissing.</exception>
    public static IEnumerable<ClipProblem> Examine(
        string folder, ClipNeeds? needs = null, IProgress<ItemProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var sources = ClipSource.Require(folder, cancellationToken);
        return Examine(sources, new ClipExaminer(needs), progress, cancellationToken)
            .Concat(UnreadVideos.FindAll(folder, cancellationToken).Select(ClipProblems.Unread));
    }

    private static IEnumerable<ClipProblem> Examine(
        IReadOnlyList<ClipSource> sources, ClipExaminer examiner, IProgress<ItemProgress>? progress, CancellationToken cancellationToken)
    {
        var firsts = new Dictionary<string, string>(StringComparer.Ordinal);
        var done = 0;
        foreach (var findings in InOrder.Select(sources, InOrder.AtOnce(0), examiner.Examine, cancellationToken))
        {
            var source = sources[done++];
            foreach (var problem in findings.Problems)
            {
                yield return problem;
            }

            if (findings.Content is { } content && !firsts.TryAdd(content, source.Path))
            {
                yield return ClipProblems.Repeats(source.Path, firsts[content]);
            }

            progress?.Report(new ItemProgress(done, sources.Count, source.Path));
        }
    }
}
