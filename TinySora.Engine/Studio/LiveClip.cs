using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;

namespace TinySora.Engine.Studio;

/// <summary>
/// The clip of a prompt that somebody is typing: each change stops what is still being made for the one before, and asks for a draft, then for
/// the clip with all its steps.
/// </summary>
public sealed class LiveClip : IDisposable
{
    private readonly ClipDesk desk;
    private CancellationTokenSource wanted = new();
    private Task making = Task.CompletedTask;

    /// <param name="generator">Stays the caller's.</param>
    /// <param name="cancellation">Of the first clips, which nobody sees.</param>
    public LiveClip(VideoGenerator generator, CancellationToken cancellation)
    {
        desk = new ClipDesk(generator);
        desk.WarmUp(cancellation);
    }

    /// <summary>The newest clip; before the first one it is null.</summary>
    public LiveView? View { get; private set; }

    /// <summary>Begins to make a clip in place of the one before.</summary>
    /// <param name="request">With a seed.</param>
    public void Ask(GenerationRequest request)
    {
        wanted.Cancel();
        var now = wanted = new CancellationTokenSource();
        making = making.ContinueWith(_ => Make(request, now.Token), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Makes the clip once more, alone, and writes it with its recipe.</summary>
    /// <exception cref="TinySoraException">See <see cref="RequestBatcher.Generate"/>.</exception>
    public GeneratedVideo Save(GenerationRequest request, CancellationToken cancellation) => desk.Save(request, cancellation);

    /// <summary>Stops what is being made, and waits for its end.</summary>
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
            // A newer key has overtaken it.
        }
        catch (TinySoraException e)
        {
            View = new LiveView(View?.Clip ?? Clip.Black(1, 1, 1, 3), 0, IsDraft: false, TimeSpan.Zero, [], e.Message);
        }
    }
}

/// <param name="Steps">Units of work that it took.</param>
/// <param name="IsDraft">Whether one with all its steps follows.</param>
/// <param name="UnknownWords">Words of the prompt that the model has never seen.</param>
/// <param name="Trouble">Why there is no newer clip; null: there is one.</param>
public sealed record LiveView(Clip Clip, int Steps, bool IsDraft, TimeSpan Elapsed, IReadOnlyList<string> UnknownWords, string? Trouble);
