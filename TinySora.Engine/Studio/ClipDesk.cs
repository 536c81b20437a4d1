using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;

namespace TinySora.Engine.Studio;

/// <summary>Makes clips of a model that stays open, one at a time as somebody asks for them: to be seen at once, and as drafts while one types.</summary>
internal sealed class ClipDesk(VideoGenerator generator)
{
    /// <summary>The time that sampling may take while somebody types: less than lies between two keys.</summary>
    private const double DraftMilliseconds = 60;

    /// <summary>A clip that needs no more than this for all its steps has no draft, after which it would be there later.</summary>
    private const double WholeMilliseconds = 110;

    /// <summary>Fewer show nothing of most models.</summary>
    private const int FewestDraftSteps = 2;

    public SamplingPlan Usual { get; } = generator.Video.Resolve(new GenerationSettings());

    public VideoGenerator Generator => generator;

    /// <summary>How long a unit of work on a single clip took of late; null: none was made yet.</summary>
    internal double? MillisecondsPerUnit { get; set; }

    /// <summary>Samples a clip that nobody sees: the first ones of a process take longer, and it tells how long a step takes.</summary>
    public void WarmUp(CancellationToken cancellation)
    {
        if (generator.Settings.VectorWidth is not null)
        {
            return; // nobody knows a vector that means something to it
        }

        var request = new GenerationRequest { OutputPath = "", Seed = 0 };
        request = HasSteps ? request with { Settings = new Dictionary<string, object> { [Setting.Steps] = FewestDraftSteps } } : request;
        Make(request, draft: false, cancellation);
        MillisecondsPerUnit = null; // the first loads libraries and says nothing of those to come
        Make(request, draft: false, cancellation);
    }

    /// <summary>Samples what is asked for; nothing is written.</summary>
    /// <param name="request">With a seed.</param>
    /// <param name="draft">With as many steps as the time between two keys has room for.</param>
    /// <exception cref="TinySoraException">NotTaken and the other errors of settings, those of reading the start.</exception>
    public MadeClips Make(GenerationRequest request, bool draft, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (request.Start is not null && generator.Settings.Clips == 0)
        {
            throw GenerationErrors.NotTaken("From", generator.Settings.Settings.Select(setting => setting.Name));
        }

        var start = request.Start?.Read(generator.Video.Shape) ?? Usual.Start;
        var plan = Plan(request.Settings);
        var isDraft = false;
        if (draft && DraftSteps(plan) is int few && few < plan.Units)
        {
            isDraft = true;
            plan = Plan(new Dictionary<string, object>(request.Settings, StringComparer.OrdinalIgnoreCase) { [Setting.Steps] = few });
        }

        ClipPrompt[] prompts = [.. Enumerable.Range(0, Math.Clamp(request.Count, 1, ClipBatch.MostClips)).Select(
            index => new ClipPrompt(request.Seed!.Value + index) { Text = request.Prompt, Negative = request.NegativePrompt, Vector = request.Condition })];
        var unknown = generator.Settings.TakesText
            ? (string[])[.. new[] { request.Prompt, request.NegativePrompt }.SelectMany(text => generator.Video.UnknownWords(text ?? "")).Distinct()] : [];
        var clock = Stopwatch.StartNew();
        var clips = generator.Sample(plan, prompts, 0, generator.Conditions.Threads, new Alone(), cancellation);
        Learn(clock.Elapsed.TotalMilliseconds, plan.Units, prompts.Length);
        return new MadeClips(clips, [.. prompts.Select(prompt => prompt.Seed)], plan, isDraft, clock.Elapsed, unknown);

        SamplingPlan Plan(IReadOnlyDictionary<string, object> settings) =>
            generator.Video.Resolve(new GenerationSettings { Values = generator.Settings.Read(settings), Start = start });
    }

    /// <summary>Makes the clip once more, alone, and writes it with its recipe.</summary>
    /// <exception cref="TinySoraException">See <see cref="RequestBatcher.Generate"/>.</exception>
    public GeneratedVideo Save(GenerationRequest request, CancellationToken cancellation) =>
        RequestBatcher.Generate(generator, request with { Count = 1 }, null, cancellation).Single();

    private bool HasSteps => generator.Settings.Settings.Any(setting => setting.Name == Setting.Steps);

    /// <summary>
    /// The steps of a draft, as many as its time allows; null: the model has no steps, or nobody knows yet how long one takes, or all of them are there soon.
    /// </summary>
    private int? DraftSteps(SamplingPlan plan) => HasSteps && MillisecondsPerUnit is double each && each * plan.Units > WholeMilliseconds
        ? Math.Clamp((int)(DraftMilliseconds / Math.Max(each, 0.01)), Math.Min(FewestDraftSteps, plan.Units), plan.Units)
        : null;

    /// <summary>One slow clip, while something else wanted the processor, decides little.</summary>
    private void Learn(double milliseconds, int units, int clips)
    {
        if (clips == 1)
        {
            var each = milliseconds / Math.Max(1, units);
            MillisecondsPerUnit = MillisecondsPerUnit is double before ? (0.7 * before) + (0.3 * each) : each;
        }
    }

    private sealed class Alone : ISamplingObserver
    {
        public void Report(int value)
        {
        }
    }
}

/// <param name="Seeds">One for each clip.</param>
/// <param name="IsDraft">Whether they have fewer steps than were asked for.</param>
/// <param name="UnknownWords">Words of the prompts that the model has never seen.</param>
internal sealed record MadeClips(
    IReadOnlyList<Clip> Clips, IReadOnlyList<long> Seeds, SamplingPlan Plan, bool IsDraft, TimeSpan Elapsed, IReadOnlyList<string> UnknownWords);

/// <summary>What the page asks for: a clip, or several of seeds that count up.</summary>
internal sealed record ClipAsk
{
    /// <summary>The name that the page gave itself, see <see cref="Turns"/>; null: none, and it shares its turns with all that have none.</summary>
    public string? Page { get; init; }

    /// <summary>The number of the request, which counts up on the page.</summary>
    public long Turn { get; init; }

    public string? Prompt { get; init; }
    public string? NegativePrompt { get; init; }
    public long Seed { get; init; }

    /// <summary>Clips to make, with seeds from <see cref="Seed"/> on.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Settings of the model by name, numbers or texts; what is not named the model decides.</summary>
    public Dictionary<string, JsonElement>? Settings { get; init; }

    /// <summary>The name of a clip or picture that was dropped on the page; null: from noise alone.</summary>
    public string? Start { get; init; }

    /// <summary>The share of noise in the start; null: the usual one.</summary>
    public double? Noise { get; init; }

    /// <summary>Somebody is typing: fewer steps will do, so that it is there before the next key.</summary>
    public bool Draft { get; init; }

    /// <summary>The settings as requests of generation have them.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, object> Values => (Settings ?? []).ToDictionary(setting => setting.Key, object (setting) => setting.Value.ToString());
}

/// <summary>
/// Who types faster than clips are made wants the newest only: a request of a page cancels the older ones of the same page, and one that is
/// overtaken on its way is not begun at all.
/// </summary>
internal sealed class Turns
{
    private readonly object sync = new();
    private readonly Dictionary<string, (long Number, CancellationTokenSource Stop)> newest = [];

    /// <param name="page">The name of the page; others are not concerned.</param>
    /// <param name="number">Counts up on the page; several requests of one number go together.</param>
    /// <param name="cancellation">Of the studio as a whole.</param>
    /// <returns>To be disposed; null: the page has gone on meanwhile.</returns>
    public CancellationTokenSource? Begin(string page, long number, CancellationToken cancellation)
    {
        lock (sync)
        {
            if (newest.TryGetValue(page, out var turn) && turn.Number > number)
            {
                return null;
            }

            if (turn.Stop is null || turn.Number < number)
            {
                turn.Stop?.Cancel();
                newest[page] = turn = (number, new CancellationTokenSource());
            }

            return CancellationTokenSource.CreateLinkedTokenSource(turn.Stop.Token, cancellation);
        }
    }
}
