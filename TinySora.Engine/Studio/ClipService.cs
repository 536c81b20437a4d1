using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;

namespace TinySora.Engine.Studio;

/// <summary>
/// Generates clips with a model that remains loaded: previews, and quick drafts while the user types. Requests are processed one at a time.
/// </summary>
internal sealed class ClipService(VideoGenerator generator)
{
    /// <summary>Maximum time for sampling a draft in milliseconds. It is shorter than the time between two keystrokes.</summary>
    private const double DraftMilliseconds = 60;

    /// <summary>Maximum time for sampling a clip with all steps, in milliseconds, for which no draft is needed first.</summary>
    private const double WholeMilliseconds = 110;

    /// <summary>Minimum number of steps for a draft; with fewer steps, most models show nothing recognizable.</summary>
    private const int FewestDraftSteps = 2;

    public SamplingPlan Usual { get; } = generator.Video.Resolve(new GenerationSettings());

    public VideoGenerator Generator => generator;

    /// <summary>Recently measured time for one unit of work on a single clip in milliseconds; <c>null</c> before the first clip.</summary>
    internal double? MillisecondsPerUnit { get; set; }

    /// <summary>Samples a clip and discards it, because the first clips of a process take longer. Also measures the time of a step.</summary>
    public void WarmUp(CancellationToken cancellation)
    {
        if (generator.Settings.VectorWidth is not null)
        {
            return; // There is no meaningful default condition vector.
        }

        var request = new GenerationRequest { OutputPath = "", Seed = 0 };
        request = HasSteps ? request with { Settings = new Dictionary<string, object> { [Setting.Steps] = FewestDraftSteps } } : request;
        Make(request, draft: false, cancellation);
        MillisecondsPerUnit = null; // The first clip is not representative, because libraries are loaded for it.
        Make(request, draft: false, cancellation);
    }

    /// <summary>Samples a request without writing anything.</summary>
    /// <param name="request">The request to generate a clip from; it must have a seed.</param>
    /// <param name="draft">Whether to use only as many steps as fit between two keystrokes.</param>
    /// <exception cref="TinySoraException">NotTaken and other errors caused by settings; errors in reading the start clip.</exception>
    public SampledClips Make(GenerationRequest request, bool draft, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (request.Start is not null && generator.Settings.Clips == 0)
        {
            throw GenerationErrors.NotTaken("From", generator.Settings.Settings.Select(setting => setting.Name));
        }

        var start = request.Start?.Read(generator.Video.Shape, cancellation) ?? Usual.Start;
        var plan = Plan(request.Settings);
        var isDraft = false;
        if (draft && DraftSteps(plan) is int few && few < plan.Units)
        {
            isDraft = true;
            plan = Plan(request.Settings.Where(setting => !setting.Key.Equals(Setting.Steps, StringComparison.OrdinalIgnoreCase))
                .Append(new(Setting.Steps, few)).ToDictionary());
        }

        ClipPrompt[] prompts = [.. Enumerable.Range(0, Math.Clamp(request.Count, 1, ClipBatch.MaxClips)).Select(
            index => new ClipPrompt(request.Seed!.Value + index) { Text = request.Prompt, Negative = request.NegativePrompt, Vector = request.Condition })];
        var unknown = generator.Settings.TakesText
            ? (string[])[.. new[] { request.Prompt, request.NegativePrompt }.SelectMany(text => generator.Video.UnknownWords(text ?? "")).Distinct()] : [];
        var clock = Stopwatch.StartNew();
        var clips = generator.Sample(plan, prompts, 0, generator.Conditions.Threads, new Alone(), cancellation);
        Learn(clock.Elapsed.TotalMilliseconds, plan.Units, prompts.Length);
        return new SampledClips(clips, [.. prompts.Select(prompt => prompt.Seed)], plan, isDraft, clock.Elapsed, unknown)
        {
            IgnoresNegative = request.NegativePrompt is not null && plan.Settings.GetValueOrDefault(Setting.GuidanceScale) is 1.0,
        };

        SamplingPlan Plan(IReadOnlyDictionary<string, object> settings) =>
            generator.Video.Resolve(new GenerationSettings { Values = generator.Settings.Read(settings), Start = start });
    }

    /// <summary>Generates the clip of a request again, outside a batch, and writes it to a file with its recipe.</summary>
    /// <exception cref="TinySoraException">See <see cref="RequestBatcher.Generate"/>.</exception>
    public GeneratedVideo Save(GenerationRequest request, CancellationToken cancellation) =>
        RequestBatcher.Generate(generator, request with { Count = 1 }, null, cancellation).Single();

    private bool HasSteps => generator.Settings.Settings.Any(setting => setting.Name == Setting.Steps);

    /// <summary>
    /// Returns the number of steps that can be computed in the time of a draft; <c>null</c> if the model does not have steps, if the time of a step is not
    /// known yet, or if a clip with all steps is fast enough.
    /// </summary>
    private int? DraftSteps(SamplingPlan plan) => HasSteps && MillisecondsPerUnit is double each && each * plan.Units > WholeMilliseconds
        ? Math.Clamp((int)(DraftMilliseconds / Math.Max(each, 0.01)), Math.Min(FewestDraftSteps, plan.Units), plan.Units)
        : null;

    /// <summary>Updates the measured time per unit of work. A clip that was slowed down by other programs has little weight.</summary>
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

/// <param name="Seeds">Seeds of the clips, one per clip.</param>
/// <param name="IsDraft">Whether the clips have fewer steps than requested.</param>
/// <param name="UnknownWords">Words in the prompts that the model was not trained on.</param>
internal sealed record SampledClips(
    IReadOnlyList<Clip> Clips, IReadOnlyList<long> Seeds, SamplingPlan Plan, bool IsDraft, TimeSpan Elapsed, IReadOnlyList<string> UnknownWords)
{
    /// <summary>Whether the negative prompt has no effect because the guidance scale is 1.</summary>
    public bool IgnoresNegative { get; init; }
}

/// <summary>A request from the studio's page for one clip, or for several clips with consecutive seeds.</summary>
internal sealed record ClipRequest
{
    /// <summary>Name that the page chose for itself; see <see cref="PageRequests"/>. Pages without a name (<c>null</c>) are treated as one page.</summary>
    public string? Page { get; init; }

    /// <summary>Number of the request, which increases with every request from the page.</summary>
    public long Turn { get; init; }

    public string? Prompt { get; init; }
    public string? NegativePrompt { get; init; }
    public long Seed { get; init; }

    /// <summary>Number of clips, with seeds from <see cref="Seed"/> on.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Settings of the model by name, as numbers or text. Settings that are not included have the model's defaults.</summary>
    public Dictionary<string, JsonElement>? Settings { get; init; }

    /// <summary>Name of a clip or image that was dropped on the page; <c>null</c> to start from noise.</summary>
    public string? Start { get; init; }

    /// <summary>Fraction of noise that is mixed into the start clip, from 0 to 1; <c>null</c> for the default.</summary>
    public double? Noise { get; init; }

    /// <summary>Whether the user is still typing. If so, the clip has fewer steps, so that it is ready before the next keystroke.</summary>
    public bool Draft { get; init; }

    /// <summary>Settings in the form that generation requests use.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, object> Values => (Settings ?? []).ToDictionary(setting => setting.Key, object (setting) => setting.Value.ToString());
}

/// <summary>
/// Tracks the newest request from each page, because typing can be faster than generation. A new request cancels older requests from its page. A request
/// that arrives after a newer one is not started.
/// </summary>
internal sealed class PageRequests
{
    private readonly object sync = new();
    private readonly Dictionary<string, (long Number, CancellationTokenSource Stop)> newest = [];

    /// <param name="page">Name of the page; other pages are not affected.</param>
    /// <param name="number">Number of the request, which the page increases; requests with the same number belong together.</param>
    /// <param name="cancellation">Token that cancels the whole studio.</param>
    /// <returns>Token source for the request, which the caller must dispose; <c>null</c> if the page has sent a newer request.</returns>
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
