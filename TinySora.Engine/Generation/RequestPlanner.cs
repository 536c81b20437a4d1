using System.Security.Cryptography;
using TinySora.Engine.Data;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Media;

namespace TinySora.Engine.Generation;

/// <summary>Checks what a request asks of a model and says which clips are to be made for it, and where.</summary>
internal static class RequestPlanner
{
    /// <summary>The clips of a request; those whose file is there already, made as asked for, are finished.</summary>
    /// <param name="taken">Files of other requests, to which those of this one are added.</param>
    /// <exception cref="TinySoraException">See <see cref="RequestBatcher.Generate"/>.</exception>
    public static IReadOnlyList<PlannedClip> Plan(VideoGenerator generator, GenerationRequest request, ISet<string> taken)
    {
        Check(generator.Settings, request);
        var plan = generator.Video.Resolve(new GenerationSettings
        {
            Values = generator.Settings.Read(request.Settings), Start = request.Between?.Read(generator.Video.Shape) ?? ClipStart.Noise,
        });
        if (request.GuessEvery is int every && (every < 1 || every > Math.Max(1, plan.Units)))
        {
            throw GenerationErrors.BadSetting(nameof(request.GuessEvery), $"{every}", $"1 to {plan.Units}, the steps of the video");
        }

        var recipe = Recipe(generator, request, plan);
        string[] unknown = [.. new[] { recipe.Prompt, recipe.NegativePrompt }.SelectMany(text => generator.Video.UnknownWords(text ?? "")).Distinct()];
        var paths = OutputFile.Paths(request, taken);
        if (ClipFile.IsVideo(paths[0]))
        {
            FFmpeg.Find();
        }

        var found = request.Force ? new Recipe?[paths.Count] : paths.Select(path => FindMade(path, request)).ToArray();
        var seed = request.Seed ?? FirstSeed(found, recipe) ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        PlannedClip[] clips = [.. paths.Select((path, index) => new PlannedClip(generator, recipe with { Seed = seed + index }, plan, path)
        {
            Exact = request.Exact,
            GuessEvery = request.GuessEvery,
            Place = Place(request),
            UnknownWords = unknown,
        })];
        if (!request.Force)
        {
            clips = [.. clips.Select((clip, index) => Look(clip, found[index], request, taken))];
        }

        CreateFolder(Path.GetDirectoryName(Path.GetFullPath(paths[0]))!);
        taken.UnionWith(paths);
        return clips;
    }

    private static void Check(SettingSchema settings, GenerationRequest request)
    {
        if (request.Count < 1)
        {
            throw GenerationErrors.BadCount(request.Count);
        }

        if (Place(request) is (int length, int index) && (length is < 1 or > SampleBatch.MostClips || index < 0 || index >= length))
        {
            throw GenerationErrors.BadBatch(length, index, SampleBatch.MostClips);
        }

        if (settings.TakesText && request.Between is null && string.IsNullOrWhiteSpace(request.Prompt))
        {
            throw GenerationErrors.EmptyPrompt();
        }

        if (settings.VectorWidth is int width && request.Between is null && request.Condition is null)
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

        if (!settings.ShowsGuesses && request.GuessEvery is not null)
        {
            throw GenerationErrors.NotTaken(nameof(request.GuessEvery), settings.Settings.Select(setting => setting.Name));
        }

        if (!settings.TakesClips && request.Between is not null)
        {
            throw GenerationErrors.NotTaken("From", settings.Settings.Select(setting => setting.Name));
        }
    }

    /// <summary>A clip whose files are there is finished; files that were made otherwise, or are being made, are in its way.</summary>
    /// <param name="found">What its path holds.</param>
    private static PlannedClip Look(PlannedClip clip, Recipe? found, GenerationRequest request, ISet<string> taken)
    {
        var isMade = clip.Recipe.MakesTheSameAs(found);
        var isDrawn = clip.GuessPath is null || clip.Recipe.MakesTheSameAs(FindMade(clip.GuessPath, request));
        if (isMade && isDrawn)
        {
            return clip with { Finished = Finished(clip, found!) };
        }

        var obstacle = taken.Contains(clip.Path) || (File.Exists(clip.Path) && !isMade) ? clip.Path
            : !isDrawn && File.Exists(clip.GuessPath) ? clip.GuessPath
            : null;
        return obstacle is null ? clip : throw GenerationErrors.OutputExists(obstacle);
    }

    /// <summary>Another number of videos, or exact ones, are new videos and no repetition.</summary>
    private static (int Length, int Index)? Place(GenerationRequest request) => request.Count > 1 || request.Exact ? null : request.Batch;

    /// <summary>The recipe of the request's videos; seed and place in a batch are left open.</summary>
    private static Recipe Recipe(VideoGenerator generator, GenerationRequest request, SamplingPlan plan)
    {
        var conditions = generator.Conditions.With(request.Threads);
        var between = plan.Start as Interpolation;
        var recipe = new Recipe
        {
            ModelHash = generator.ModelHash,
            Checkpoint = generator.Checkpoint.Path,
            Step = generator.Checkpoint.Step,
            Prompt = Given(request.Prompt),
            NegativePrompt = Given(request.NegativePrompt),
            Condition = request.Condition is { } vector ? [.. vector] : null,
            Seed = 0,
            From = request.Between?.From,
            FromHash = between is null ? null : ClipPair.Hash(between.From, generator.Video.Shape),
            To = request.Between?.To,
            ToHash = between is null ? null : ClipPair.Hash(between.To, generator.Video.Shape),
            Mix = between?.Mix,
            Noise = between?.Noise,
            TinySoraVersion = typeof(Recipe).Assembly.GetName().Version!.ToString(3),
            TorchFlavor = conditions.TorchFlavor,
            LibTorchVersion = conditions.LibTorchVersion,
            DeviceType = conditions.DeviceType,
            Precision = conditions.Precision,
            Threads = conditions.Threads,
            Processor = conditions.Processor,
        }.With(plan.Settings);
        return RecipeText.Write(recipe with { Seed = long.MaxValue }).Length <= RecipeText.LongestText
            ? recipe
            : throw GenerationErrors.PromptTooLong(RecipeText.LongestText);

        static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
    }

    /// <summary>The recipe of a file that may be what the request asks for; null: there is none.</summary>
    private static Recipe? FindMade(string path, GenerationRequest request)
    {
        try
        {
            var place = request.Exact ? (1, 0) : Place(request);
            var recipe = File.Exists(path) ? RecipeText.Read(path) : null;
            return place is null || place == (recipe?.BatchLength, recipe?.BatchIndex) ? recipe : null;
        }
        catch (TinySoraException)
        {
            return null;
        }
    }

    /// <summary>Where no seed is asked for, files that were made before say which it was.</summary>
    private static long? FirstSeed(IEnumerable<Recipe?> found, Recipe asked) => found
        .Select((recipe, index) => recipe is not null && (asked with { Seed = recipe.Seed }).MakesTheSameAs(recipe) ? recipe.Seed - index : (long?)null)
        .FirstOrDefault(seed => seed is not null);

    private static GeneratedVideo Finished(PlannedClip clip, Recipe made) => new(
        made with { Checkpoint = clip.Recipe.Checkpoint, From = clip.Recipe.From, To = clip.Recipe.To },
        clip.Path, (clip.Plan.Shape.Frames, clip.Plan.Shape.Width, clip.Plan.Shape.Size), TimeSpan.Zero)
    {
        GuessPath = clip.GuessPath,
        UnknownWords = [.. clip.UnknownWords],
        Skipped = true,
    };

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GenerationErrors.CannotWrite(folder, e);
        }
    }
}
