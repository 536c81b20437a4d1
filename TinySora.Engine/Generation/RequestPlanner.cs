using System.Security.Cryptography;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;
using TinySora.Engine.Text;

namespace TinySora.Engine.Generation;

/// <summary>Checks whether a model can fulfill requests, and plans their clips and output files.</summary>
internal static class RequestPlanner
{
    /// <summary>Returns the clips of a request. Clips for which matching files exist are marked as finished.</summary>
    /// <param name="files">Files of other requests, to which this request's files are added.</param>
    /// <exception cref="TinySoraException">See <see cref="RequestBatcher.Generate"/>.</exception>
    public static IReadOnlyList<PlannedClip> Plan(VideoGenerator generator, GenerationRequest request, RequestOutputs files, CancellationToken cancellation)
    {
        Check(generator, request);
        var plan = generator.Video.Resolve(new GenerationSettings
        {
            Values = generator.Settings.Read(request.Settings), Start = request.Start?.Read(generator.Video.Shape, cancellation) ?? ClipStart.PureNoise,
        });
        if (request.GuessEvery is int every && (every < 1 || every > plan.Units))
        {
            throw GenerationErrors.BadSetting(nameof(request.GuessEvery), $"{every}", $"1 to {plan.Units}, the number of steps");
        }

        var recipe = Recipe.Of(generator, request, plan);
        string[] unknown = [.. new[] { recipe.Prompt, recipe.NegativePrompt }.SelectMany(text => generator.Video.UnknownWords(text ?? "")).Distinct()];
        var file = OutputFile.Of(request);
        if (ClipFile.IsVideo(file.Paths(1)[0]))
        {
            FFmpeg.Find();
        }

        // An explicit name identifies one video, so a request without a seed refers to the existing video with this name.
        var there = file.IsFromPrompt || request.Force ? null : FirstSeed(file.Paths(1).Select(path => files.FindMade(path, request)), recipe);
        var seed = request.Seed ?? there ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var clips = file.IsFromPrompt ? Choose(Attempt, file, request, files) : [.. Attempt(1).Select(files.CheckExisting)];
        cancellation.ThrowIfCancellationRequested();
        CreateFolder(Path.GetDirectoryName(Path.GetFullPath(clips[0].Path))!);
        files.Reserve(clips.Select(clip => clip.Path));
        return clips;

        IReadOnlyList<PlannedClip> Attempt(int number) =>
        [
            .. file.Paths(number).Select(NotCancelled).Select((path, index) =>
                new PlannedClip(request, plan, recipe with { Seed = seed + index }, path, index) { UnknownWords = unknown }),
        ];

        string NotCancelled(string path)
        {
            cancellation.ThrowIfCancellationRequested();
            return path;
        }
    }

    private static void Check(VideoGenerator generator, GenerationRequest request)
    {
        var settings = generator.Settings;
        if (request.Count < 1)
        {
            throw GenerationErrors.BadCount(request.Count);
        }

        if (request.NameWords is int words and < 1)
        {
            throw GenerationErrors.BadSetting(nameof(request.NameWords), $"{words}", "1 or more");
        }

        if (request.Place is (int length, int index) && (length is < 1 or > ClipBatch.MaxClips || index < 0 || index >= length))
        {
            throw GenerationErrors.BadBatch(length, index, ClipBatch.MaxClips);
        }

        if (settings.TakesText && request.Start is null && string.IsNullOrWhiteSpace(request.Prompt))
        {
            throw generator.Video.Classes is { Count: > 0 } classes ? GenerationErrors.NoClass(classes) : GenerationErrors.EmptyPrompt();
        }

        if (settings.TakesText && request.Prompt is string prompt && !string.IsNullOrWhiteSpace(prompt) && !WeightedText.Parse(prompt).HasWords)
        {
            throw GenerationErrors.NoWords(prompt);
        }

        if (settings.VectorWidth is int width && request.Start is null && request.Condition is null)
        {
            throw GenerationErrors.NoCondition(width);
        }

        if (request.Condition is { } vector && settings.VectorWidth != vector.Length)
        {
            throw settings.VectorWidth is int expected ? ModelErrors.VectorWidth(vector.Length, expected) : ModelErrors.TakesNoVectors();
        }

        if (!settings.TakesText && !string.IsNullOrWhiteSpace(request.NegativePrompt))
        {
            throw ModelErrors.TakesNoText("A negative prompt");
        }

        if (!settings.SupportsPreviews && request.GuessEvery is not null)
        {
            throw GenerationErrors.NotTaken(nameof(request.GuessEvery), settings.Settings.Select(setting => setting.Name));
        }

        if (request.Start is { } start && settings.Clips < (start.To is null ? 1 : 2))
        {
            throw GenerationErrors.NotTaken(settings.Clips == 0 ? "From" : "To", settings.Settings.Select(setting => setting.Name));
        }
    }

    /// <summary>
    /// Returns the clips with the first candidate name under which videos with this recipe exist or, if there is none, with the first name that is free.
    /// </summary>
    private static IReadOnlyList<PlannedClip> Choose(
        Func<int, IReadOnlyList<PlannedClip>> attempt, OutputFile file, GenerationRequest request, RequestOutputs files)
    {
        // A request without a seed is for a new video, even if matching files exist.
        foreach (var number in request.Seed is null ? [] : files.Attempts(file))
        {
            if (file.Paths(number).Where((path, index) => !files.IsTaken(path) && files.RecipeIn(path)?.Seed == request.Seed + index).Any()
                && attempt(number) is var clips && clips.Any(files.IsMade) && clips.All(clip => files.Obstacle(clip) is null))
            {
                return [.. clips.Select(files.CheckExisting)];
            }
        }

        var free = 1;
        while (!file.Paths(free).All(path => request.Force
            ? !files.IsTaken(path)
            : files.IsFree(path) && files.IsFree(PlannedClip.GuessPathOf(path, request.GuessEvery))))
        {
            free++;
        }

        return attempt(free);
    }

    /// <summary>Returns the seed of the first video in existing files that match a request without a seed; <c>null</c> if the files do not match.</summary>
    private static long? FirstSeed(IEnumerable<Recipe?> found, Recipe requested) => found
        .Select((recipe, index) => recipe is not null && (requested with { Seed = recipe.Seed }).MakesTheSameAs(recipe) ? recipe.Seed - index : (long?)null)
        .FirstOrDefault(seed => seed is not null);

    private static void CreateFolder(string folder) =>
        OnFailure.Throw(folder, GenerationErrors.CannotWrite, () => DiskFlush.CreateFolder(folder));
}
