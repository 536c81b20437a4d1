using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;

namespace TinySora.Engine.Studio;

/// <summary>
/// Generates the clip for a prompt while the prompt is being typed. Each change cancels the previous clip, and requests first a draft and then a clip with
/// all steps.
/// </summary>
public sealed class LiveClip : IDisposable
{
    private readonly ClipService desk;
    private CancellationTokenSource wanted = new();
    private Task making = Task.CompletedTask;

    /// <param name="generator">Generator, which the caller continues to own.</param>
    /// <param name="cancellation">Cancels the warm-up.</param>
    public LiveClip(VideoGenerator generator, CancellationToken cancellation)
    {
        desk = new ClipService(generator);
        desk.WarmUp(cancellation);
    }

    /// <summary>The newest clip; <c>null</c> before the first clip.</summary>
    public LiveView? View { get; private set; }

    /// <summary>Starts generating a clip, replacing the previous request.</summary>
    /// <param name="request">The request to generate a clip from; it must have a seed.</param>
    public void Ask(GenerationRequest request)
    {
        wanted.Cancel();
        var now = wanted = new CancellationTokenSource();
        making = making.ContinueWith(_ => Make(request, now.Token), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Generates the clip of a request again, outside a batch, and writes it to a file with its recipe.</summary>
    /// <exception cref="TinySoraException">See <see cref="RequestBatcher.Generate"/>.</exception>
    public GeneratedVideo Save(GenerationRequest request, CancellationToken cancellation) => desk.Save(request, cancellation);

    /// <summary>Cancels the generation in progress and waits until it has ended.</summary>
    public void Dispose()
    {
        wanted.Cancel();
        making.Wait();
        wanted.Dispose();
    }

    private void Make(GenerationRequest request, CancellationToken cancellation)
    {
        try
        {
            for (var draft = true; View is null || draft || View.IsDraft; draft = false)
            {
                var made = desk.Make(request, draft, cancellation);
                View = new LiveView(made.Clips[0], made.Plan.Units, made.IsDraft, made.Elapsed, made.UnknownWords, null);
            }
        }
        catch (OperationCanceledException)
        {
            // A newer request has replaced this one.
        }
        catch (TinySoraException e)
        {
            View = new LiveView(View?.Clip ?? Clip.Black(1, 1, 1, 3), 0, IsDraft: false, TimeSpan.Zero, [], e.Message);
        }
    }
}

/// <param name="Steps">Number of units of work in which the clip was generated.</param>
/// <param name="IsDraft">Whether the clip is a draft, which the clip with all steps will replace.</param>
/// <param name="UnknownWords">Words in the prompt that the model was not trained on.</param>
/// <param name="Trouble">Reason why the newest request did not produce a clip; <c>null</c> if there is no problem.</param>
public sealed record LiveView(Clip Clip, int Steps, bool IsDraft, TimeSpan Elapsed, IReadOnlyList<string> UnknownWords, string? Trouble);
