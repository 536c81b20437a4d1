using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Runs.Control;

namespace TinySora.Engine.Studio;

/// <summary>Serves a web page on the loopback address that shows the clip for a prompt as it is typed.</summary>
public sealed class StudioSession : IDisposable
{
    private readonly StudioOptions options;
    private readonly LoopbackServer server;
    private readonly RunService runs;
    private readonly SavedVideos saved;
    private readonly TrainingService? trainings;
    private readonly DatasetService? datasets;
    private readonly StartFolder starts;
    private IReadOnlyList<string>? words;
    private OpeningPage? opening;

    /// <summary>Opens the port. The page is available when <see cref="Run"/> has been called.</summary>
    /// <param name="generator">Generator, which the caller continues to own.</param>
    /// <exception cref="TinySoraException">PortTaken.</exception>
    public StudioSession(VideoGenerator generator, StudioOptions options)
    {
        this.options = options;
        Clips = new ClipService(generator);
        runs = new RunService(options.RunFolders);
        saved = new SavedVideos(options.OutputPath);
        trainings = options.Trainings is null ? null : new TrainingService(options.Trainings);
        datasets = options.Trainings is null ? null : new DatasetService(new StudioFolder(options.Trainings.Folder));
        server = new LoopbackServer(options.Port, Answer);
        starts = new StartFolder(); // Create the folder last: it would not be deleted if opening the port failed.
    }

    /// <param name="port">Port to listen on; 0 for any free port.</param>
    /// <exception cref="TinySoraException">PortTaken.</exception>
    public static void CheckPort(int port) => new LoopbackServer(port, (_, _) => HttpAnswer.Refusal(404, "")).Dispose();

    /// <summary>The address of the page, including the required token.</summary>
    public Uri Address => server.Address;

    /// <summary>
    /// Writes a local HTML file that redirects this user's browser to the studio, and returns its path. The file is deleted when the studio's page is opened
    /// or the studio ends.
    /// </summary>
    public string WriteOpeningPage() => (opening = new OpeningPage(Address)).File;

    internal ClipService Clips { get; }

    /// <summary>Vocabulary of the model; empty if the model does not have one.</summary>
    private IReadOnlyList<string> Words => words ??= ModelVocabulary.Read(Clips.Generator.Checkpoint.Path);

    internal PageRequests PageRequests { get; } = new();

    public void Run(CancellationToken cancellation) => server.Run(cancellation).GetAwaiter().GetResult();

    /// <summary>Samples a clip and discards it, so that the first clip on the page is as fast as the others.</summary>
    public void WarmUp(CancellationToken cancellation) => Clips.WarmUp(cancellation);

    public void Dispose()
    {
        server.Dispose();
        opening?.Dispose();
        starts.Dispose();
    }

    internal HttpAnswer Answer(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            return (request.Method, request.Path) switch
            {
                ("GET", "") => Page(),
                ("GET", "model") => HttpAnswer.Json(ModelFacts.Of(Clips, options)),
                ("GET", "runs") => HttpAnswer.Json(runs.Runs),
                ("GET", "picture") => Picture(request),
                ("GET", "saved") => HttpAnswer.Json(saved.List()),
                ("GET", "trainings") when trainings is not null => HttpAnswer.Json(trainings.Choices()),
                ("GET", "dataset") when datasets is not null => HttpAnswer.Json(datasets.Clips(
                    request.Query.GetValueOrDefault("path", ""), int.TryParse(request.Query.GetValueOrDefault("skip"), out var skip) ? skip : 0)),
                ("GET", "problems") when datasets is not null => HttpAnswer.Json(datasets.Problems(request.Query.GetValueOrDefault("path", ""), cancellation)),
                ("GET", "clip") when datasets is not null => DatasetClip(datasets, request, cancellation),
                ("GET", "video") => SavedVideo(request),
                ("GET", var name) => PageFiles.Find(name) ?? HttpAnswer.Refusal(404, "There is no such page."),
                ("POST", "clip") => Answer(request, ask => Clip(ask, cancellation)),
                ("POST", "save") => Answer(request, ask => Save(ask, cancellation)),
                ("POST", "download") => Answer(request, ask => Download(ask, cancellation)),
                ("POST", "command") => Answer(request, Command),
                ("POST", "start") => Start(request.Query.GetValueOrDefault("name", "start"), request.Body),
                ("POST", "recipe") => SavedRecipe(request.Query.GetValueOrDefault("name", "")),
                ("POST", "caption") when datasets is not null => HttpAnswer.Json(datasets.Caption(HttpAnswer.Read<CaptionEdit>(request.Body))),
                ("POST", "train") when trainings is not null => HttpAnswer.Json(trainings.Queue(HttpAnswer.Read<TrainingForm>(request.Body))),
                ("POST", "order") => HttpAnswer.Json(Given(runs.Give(HttpAnswer.Read<RunOrder>(request.Body), cancellation))),
                ("POST", "sample") => Pixels(runs.Sample(HttpAnswer.Read<RunSample>(request.Body), cancellation), 0, ""),
                ("POST", _) => HttpAnswer.Refusal(404, "There is no such action."),
                _ => HttpAnswer.Refusal(405, "The studio supports GET and POST only."),
            };
        }
        catch (TinySoraException e)
        {
            return HttpAnswer.Refusal(e);
        }
        catch (JsonException e)
        {
            return HttpAnswer.Refusal(400, e.Message);
        }
        catch (OperationCanceledException)
        {
            return HttpAnswer.Refusal(409, "A newer request has replaced this clip.");
        }
        catch (Exception e)
        {
            // A failure with one clip, such as insufficient memory, must not end the studio.
            return HttpAnswer.Refusal(500, e.Message);
        }
    }

    /// <summary>Responds to a request for a clip. An error response names the field on the page that caused the error.</summary>
    private static HttpAnswer Answer(HttpRequest request, Func<ClipRequest, HttpAnswer> answer)
    {
        var ask = HttpAnswer.Read<ClipRequest>(request.Body);
        try
        {
            return answer(ask);
        }
        catch (TinySoraException e)
        {
            return HttpAnswer.Refusal(e, StudioErrors.FieldOf(e, ask.NegativePrompt == ask.Prompt ? null : ask.NegativePrompt));
        }
    }

    private HttpAnswer Page()
    {
        opening?.Dispose();
        return PageFiles.Find(PageFiles.Page)!;
    }

    private HttpAnswer Clip(ClipRequest ask, CancellationToken cancellation)
    {
        using var turn = PageRequests.Begin(ask.Page ?? "", ask.Turn, cancellation);
        var request = RequestOf(ask);
        var made = Clips.Make(request, ask.Draft, turn?.Token ?? new CancellationToken(canceled: true));
        return Pixels(made, ask.Turn, options.Command(request with { Count = 1 }));
    }

    /// <summary>
    /// Returns a line of JSON that describes the clips, followed by the pixels of the clips in the order frames, rows, columns, colors (red, green, blue).
    /// </summary>
    private HttpAnswer Pixels(SampledClips made, long turn, string command)
    {
        var meant = made.UnknownWords.Select(word => ModelVocabulary.Suggest(word, Words));
        var first = made.Clips[0];
        var facts = HttpAnswer.JsonBytes(new
        {
            turn, made.Seeds, first.Frames, first.Height, first.Width, first.FrameMilliseconds, made.IsDraft, made.UnknownWords,
            made.Plan.Units, Milliseconds = made.Elapsed.TotalMilliseconds, command, meant, made.IgnoresNegative,
        });
        return new HttpAnswer(200, "application/octet-stream", [.. facts, (byte)'\n', .. made.Clips.SelectMany(Rgb)]);
    }

    /// <summary>Returns the result of a control request. The result contains the name of the written file, but not its folder.</summary>
    private static object Given(RunAnswer answer) => new { answer.Step, File = Path.GetFileName(answer.Path) };

    private HttpAnswer Picture(HttpRequest request) =>
        runs.Picture(request.Query.GetValueOrDefault("run", ""), request.Query.GetValueOrDefault("file", "")) is { } picture
            ? new HttpAnswer(200, "image/gif", picture)
            : HttpAnswer.Refusal(404, "There is no such image.");

    private HttpAnswer Save(ClipRequest ask, CancellationToken cancellation)
    {
        var request = LastingRequestOf(ask);
        var video = Clips.Save(request, cancellation);
        return HttpAnswer.Json(new { video.Path, video.Skipped, Command = options.Command(request) });
    }

    /// <summary>Returns the command that generates a clip. The command refers only to files that still exist after the studio has ended.</summary>
    private HttpAnswer Command(ClipRequest ask) => HttpAnswer.Json(new { Command = options.Command(LastingRequestOf(ask)) });

    /// <summary>Converts a request to a generation request whose start clip has been copied to the folder of saved videos.</summary>
    private GenerationRequest LastingRequestOf(ClipRequest ask)
    {
        var request = RequestOf(ask) with { Count = 1 };
        return request.Start is { } start
            ? request with { Start = start with { From = StartFolder.CopyTo(options.OutputPath, start.From) } }
            : request;
    }

    /// <summary>Returns a line of JSON with the name of the file, followed by the file that <see cref="Save"/> would write.</summary>
    private HttpAnswer Download(ClipRequest ask, CancellationToken cancellation)
    {
        using var folder = PrivateTempFolder.Create("download");
        var video = Clips.Save(RequestOf(ask) with { Count = 1, OutputPath = folder.Path }, cancellation);
        var facts = HttpAnswer.JsonBytes(new { Name = Path.GetFileName(video.Path) });
        return new HttpAnswer(200, "application/octet-stream", [.. facts, (byte)'\n', .. File.ReadAllBytes(video.Path)]);
    }

    /// <summary>Converts a request to a generation request that writes to the folder of saved videos.</summary>
    /// <exception cref="TinySoraException">NoSuchStart.</exception>
    private GenerationRequest RequestOf(ClipRequest ask) => new()
    {
        Prompt = string.IsNullOrWhiteSpace(ask.Prompt) ? null : ask.Prompt,
        NegativePrompt = string.IsNullOrWhiteSpace(ask.NegativePrompt) ? null : ask.NegativePrompt,
        Start = ask.Start is null ? null : new StartClips(starts.Find(ask.Start)) { Noise = ask.Noise },
        OutputPath = options.OutputPath,
        Seed = ask.Seed,
        Count = ask.Count,
        Settings = ask.Values,
    };

    /// <summary>Stores a start clip and returns the recipe in the clip if there is one.</summary>
    private HttpAnswer Start(string given, byte[] content)
    {
        var (name, clip) = starts.Keep(given, content);
        var recipe = RecipeText.TryRead(starts.Find(name));
        return HttpAnswer.Json(new { name, clip.Frames, clip.Width, clip.Height, recipe = recipe is null ? null : RecipeFacts.Of(recipe, Clips.Generator) });
    }

    private static HttpAnswer DatasetClip(DatasetService datasets, HttpRequest request, CancellationToken cancellation) =>
        datasets.Picture(request.Query.GetValueOrDefault("path", ""), request.Query.GetValueOrDefault("name", ""), cancellation) is { } picture
            ? new HttpAnswer(200, "image/gif", picture)
            : HttpAnswer.Refusal(404, "There is no such clip.");

    private HttpAnswer SavedVideo(HttpRequest request) =>
        request.Query.GetValueOrDefault("name", "") is var name && saved.ReadPicture(name) is { } video
            ? new HttpAnswer(200, Path.GetExtension(name).Equals(".png", StringComparison.OrdinalIgnoreCase) ? "image/png" : "image/gif", video)
            : HttpAnswer.Refusal(404, "There is no such video.");

    /// <summary>Stores a saved video, or a start clip of a saved video from the same folder, as if it had been dropped on the page.</summary>
    private HttpAnswer SavedRecipe(string name) =>
        saved.ReadClip(name) is { } video ? Start(name, video) : HttpAnswer.Refusal(404, "There is no such video.");

    private static byte[] Rgb(Clip clip) => clip.Channels == 3 ? clip.Pixels : Media.Resampling.Resample.ToChannels(clip, 3).Pixels;
}
