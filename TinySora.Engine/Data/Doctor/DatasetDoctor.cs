using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Doctor;

/// <summary>Finds problems with the clips in a folder before a model is trained on them.</summary>
public static class DatasetDoctor
{
    /// <summary>
    /// Reads the clips in a folder and its subfolders in parallel while the result is enumerated, and returns one record per problem, ordered by clip name.
    /// These records are followed by records for files that look like videos but are not read. A dataset without problems yields no records. Of two clips
    /// with the same content, the second is the duplicate.
    /// </summary>
    /// <param name="needs">The model's requirements for sizes, lengths and captions, which are also checked; <c>null</c> to skip these checks.</param>
    /// <exception cref="TinySoraException">The folder is missing or has no clips; FFmpegMissing.</exception>
    public static IEnumerable<ClipProblem> Examine(
        string folder, ClipRequirements? needs = null, IProgress<ItemProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var sources = ClipSource.Require(folder, cancellationToken);
        return Examine(sources, new ClipExaminer(needs), progress, cancellationToken)
            .Concat(UnsupportedVideos.FindAll(folder, cancellationToken).Select(ClipProblems.Unsupported));
    }

    private static IEnumerable<ClipProblem> Examine(
        IReadOnlyList<ClipSource> sources, ClipExaminer examiner, IProgress<ItemProgress>? progress, CancellationToken cancellationToken)
    {
        var firsts = new Dictionary<string, string>(StringComparer.Ordinal);
        var done = 0;
        foreach (var findings in OrderedParallel.Select(sources, OrderedParallel.GetConcurrency(0), examiner.Examine, cancellationToken))
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
