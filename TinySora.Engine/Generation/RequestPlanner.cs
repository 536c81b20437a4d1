using System.Security.Cryptography;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Generation;

/// <summary>Checks what a request asks of a model and says which clips are to be made for it, and where.</summary>
internal static class RequestPlanner
{
    /// <summary>The clips of a request; those whose file is there already, made as asked for, are finished.</summary>
    /// <param name="files">Of other requests, to which those of this one are added.</param>
    /// <exception cref="TinySoraException">See <see cref="RequestBatcher.Generate"/>.</exception>
    public static IReadOnlyList<PlannedClip> Plan(VideoGenerator generator, GenerationRequest request, OutputFolders files)
    {
        Check(generator.Settings, request);
        var plan = generator.Video.Resolve(new GenerationSettings
        {
            Values = generator.Settings.Read(request.Settings), Start = request.Start?.Read(generator.Video.Shape) ?? ClipStart.Noise,
        });
        if (request.GuessEvery is int every && (every < 1 || every > plan.Units))
        {
            throw GenerationErrors.BadSetting(nameof(request.GuessEvery), $"{every}", $"1 to {plan.Units}, the steps of the video");
        }

        var recipe = Recipe(generator, request, plan);
        string[] unknown = [.. new[] { recipe.Prompt, recipe.NegativePrompt }.SelectMany(text => generator.Video.UnknownWords(text ?? "")).Distinct()];
        var file = OutputFile.Of(request);
        if (ClipFile.IsVideo(file.Paths(1)[0]))
        {
            FFmpeg.Find();
        }

        // Of a name that was asked for there is one video: where no seed is, it is the one that is there.
        var there = file.IsFromPrompt || request.Force ? null : FirstSeed(file.Paths(1).Select(path => FindMade(path, request, files)), recipe);
        var seed = request.Seed ?? there ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var clips = file.IsFromPrompt ? Choose(Attempt, file, request, files) : [.. Attempt(1).Select(clip => Look(clip, request, files))];
        CreateFolder(Path.GetDirectoryName(Path.GetFullPath(clips[0].Path))!);
        files.Take(clips.Select(clip => clip.Path));
        return clips;

        IReadOnlyList<PlannedClip> Attempt(int number) =>
            [.. file.Paths(number).Select((path, index) => new PlannedClip(generator, recipe with { Seed = seed + index }, plan, path)
            {
                Exact = request.Exact,
                GuessEvery = request.GuessEvery,
                FilmName = request.Count == 1 ? request.NoiseFilms : Numbered(request.NoiseFilms, index),
                Place = Place(request),
                UnknownWords = unknown,
            })];
    }

    private static void Check(SettingSchema settings, GenerationRequest request)
    {
        if (request.Count < 1)
        {
            throw GenerationErrors.BadCount(request.Count);
        }

        if (request.NameWords is int words and < 1)
        {
            throw GenerationErrors.BadSetting(nameof(request.NameWords), $"{words}", "1 or more");
        }

        if (Place(request) is (int length, int index) && (length is < 1 or > SampleBatch.MostClips || index < 0 || index >= length))
        {
            throw GenerationErrors.BadBatch(length, index, SampleBatch.MostClips);
        }

        if (settings.TakesText && request.Start is null && string.IsNullOrWhiteSpace(request.Prompt))
        {
            throw GenerationErrors.EmptyPrompt();
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

        if (!settings.ShowsGuesses && request.GuessEvery is not null)
        {
            throw GenerationErrors.NotTaken(nameof(request.GuessEvery), settings.Settings.Select(setting => setting.Name));
        }

        if (request.Start is { } start && settings.Clips < (start.To is null ? 1 : 2))
        {
            throw GenerationErrors.NotTaken(settings.Clips == 0 ? "From" : "To", settings.Settings.Select(setting => setting.Name));
        }
    }

    /// <summary>Of the names that a prompt gives: those of which videos of this recipe are there, or the first that nothing has.</summary>
    private static IReadOnlyList<PlannedClip> Choose(
        Func<int, IReadOnlyList<PlannedClip>> attempt, OutputFile file, GenerationRequest request, OutputFolders files)
    {
        // Without a seed a new video is asked for, whatever is there.
        foreach (var number in request.Seed is null ? [] : files.Attempts(file))
        {
            if (file.Paths(number).Where((path, index) => !files.IsTaken(path) && files.RecipeIn(path)?.Seed == request.Seed + index).Any()
                && attempt(number) is var clips && clips.Any(clip => IsMade(clip, request, files)) && clips.All(clip => Obstacle(clip, request, files) is null))
            {
                return [.. clips.Select(clip => Look(clip, request, files))];
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

    /// <summary>A clip whose files are there is finished; files that were made otherwise, or are being made, are in its way.</summary>
    private static PlannedClip Look(PlannedClip clip, GenerationRequest request, OutputFolders files) =>
        request.Force ? clip
        : IsMade(clip, request, files) && IsDrawn(clip, request, files) ? clip with { Finished = Finished(clip, files.RecipeIn(clip.Path)!) }
        : Obstacle(clip, request, files) is string obstacle ? throw GenerationErrors.OutputExists(obstacle)
        : clip;

    private static bool IsMade(PlannedClip clip, GenerationRequest request, OutputFolders files) =>
        clip.Recipe.MakesTheSameAs(FindMade(clip.Path, request, files));

    private static bool IsDrawn(PlannedClip clip, GenerationRequest request, OutputFolders files) =>
        clip.GuessPaths.All(path => clip.Recipe.MakesTheSameAs(FindMade(path, request, files)));

    /// <summary>What is in the way of a clip; null: nothing.</summary>
    private static string? Obstacle(PlannedClip clip, GenerationRequest request, OutputFolders files) =>
        files.IsTaken(clip.Path) ? clip.Path
        : request.Force ? null
        : File.Exists(clip.Path) && !IsMade(clip, request, files) ? clip.Path
        : clip.GuessPaths.FirstOrDefault(path => File.Exists(path) && !clip.Recipe.MakesTheSameAs(FindMade(path, request, files)));

    private static string? Numbered(string? name, int index) =>
        name is null ? null : $"{Path.GetFileNameWithoutExtension(name)}_{index}{Path.GetExtension(name)}";

    /// <summary>Another number of videos, or exact ones, are new videos and no repetition.</summary>
    private static (int Length, int Index)? Place(GenerationRequest request) => request.Count > 1 || request.Exact ? null : request.Batch;

    /// <summary>The recipe of the request's videos; seed and place in a batch are left open.</summary>
    private static Recipe Recipe(VideoGenerator generator, GenerationRequest request, SamplingPlan plan)
    {
        var conditions = generator.Conditions.With(request.Threads);
        var given = plan.Start as GivenStart;
        var between = given as Interpolation;
        var recipe = new Recipe
        {
            ModelHash = generator.ModelHash,
            Checkpoint = generator.Checkpoint.Path,
            Step = generator.Checkpoint.Step,
            Weights = generator.Weights == CheckpointWeights.Averaged ? null : $"{generator.Weights}",
            Prompt = Given(request.Prompt),
            NegativePrompt = Given(request.NegativePrompt),
            Condition = request.Condition is { } vector ? [.. vector] : null,
            Seed = 0,
            From = request.Start?.From,
            FromHash = given is null ? null : StartClips.Hash(given.From, generator.Video.Shape),
            To = request.Start?.To,
            ToHash = between is null ? null : StartClips.Hash(between.To, generator.Video.Shape),
            Mix = between?.Mix,
            Noise = given?.Noise,
            TinySoraVersion = typeof(Recipe).Assembly.GetName().Version!.ToString(3),
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
    private static Recipe? FindMade(string path, GenerationRequest request, OutputFolders files)
    {
        var place = request.Exact ? (1, 0) : Place(request);
        var recipe = files.RecipeIn(path);
        return place is null || place == (recipe?.BatchLength, recipe?.BatchIndex) ? recipe : null;
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
