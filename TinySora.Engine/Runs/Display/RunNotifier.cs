using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Runs.Display;

/// <summary>
/// Posts events of runs as JSON to one address and to no other, on a thread of its own: no run waits for it, but at its end for what is left,
/// 20 seconds at most. What cannot be delivered is one warning.
/// </summary>
public sealed class RunNotifier : IDisposable
{
    private static readonly TimeSpan LongestAttempt = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(20);

    /// <summary>The time after each attempt that failed until the next.</summary>
    private static readonly TimeSpan[] UsualWaits = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(9)];

    /// <summary>Events that wait at most; where more come, the address has not answered for long.</summary>
    private const int MostWaiting = 100;

    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Uri address;
    private readonly IReadOnlyCollection<RunEventKind> kinds;
    private readonly Action<string> warn;
    private readonly TimeSpan[] waits;
    private readonly BlockingCollection<RunEvent> queue = new(MostWaiting);
    private readonly CancellationTokenSource stop = new();
    private readonly Task sending;
    private bool warned;

    /// <param name="address">Of http or https.</param>
    /// <param name="kinds">Which events are posted.</param>
    /// <param name="warn">Told once, on another thread, why something could not be delivered.</param>
    /// <param name="waits">Until the next attempt after each that failed; null: the usual ones.</param>
    /// <exception cref="TinySoraException">NoAddress.</exception>
    public RunNotifier(Uri address, IReadOnlyCollection<RunEventKind> kinds, Action<string> warn, TimeSpan[]? waits = null)
    {
        Check(address);
        (this.address, this.kinds, this.warn, this.waits) = (address, kinds, warn, waits ?? UsualWaits);
        sending = Task.Factory.StartNew(Send, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Looks whether something can be posted to an address at all.</summary>
    /// <exception cref="TinySoraException">NoAddress.</exception>
    public static Uri Check(Uri address) =>
        address.IsAbsoluteUri && address.Scheme is ("http" or "https") ? address : throw TrainingErrors.NoAddress(address.OriginalString);

    /// <summary>Has an event posted, if it is of the kinds that are; returns at once.</summary>
    public void Post(RunEvent what)
    {
        if (kinds.Contains(what.Kind) && !queue.TryAdd(what))
        {
            Warn("it has not answered for long");
        }
    }

    /// <summary>Returns when all is delivered or given up.</summary>
    public void Dispose()
    {
        queue.CompleteAdding();
        if (!sending.Wait(LongestEnd))
        {
            stop.Cancel();
            sending.Wait();
        }

        queue.Dispose();
        stop.Dispose();
    }

    /// <summary>What is posted: nothing but the event. Slack and its like show <c>text</c>.</summary>
    internal static string Body(RunEvent what) => JsonSerializer.Serialize(
        new
        {
            Event = $"{what.Kind}", Text = $"{Path.GetFileName(what.ResultsPath)}, step {what.Step}: {what.Kind}. {what.Message}", what.Time, what.ResultsPath,
            what.Step, Loss = what.Loss is double loss && double.IsFinite(loss) ? loss : (double?)null, what.Checkpoint,
            StoppedBecause = what.StoppedBecause?.ToString(), what.ErrorId, what.Advice,
        }, Form);

    private void Send()
    {
        // Wherever else an answer leads, nobody has named that.
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = LongestAttempt };
        foreach (var what in queue.GetConsumingEnumerable())
        {
            string? problem = null;
            for (var attempt = 0; attempt <= waits.Length && !stop.IsCancellationRequested; attempt++)
            {
                (problem, var mayPass) = Attempt(client, what);
                if (problem is null || !mayPass || attempt == waits.Length)
                {
                    break;
                }

                stop.Token.WaitHandle.WaitOne(waits[attempt]);
            }

            if (problem is not null)
            {
                Warn(problem);
            }
        }
    }

    /// <returns>Why it was not taken, null where it was, and whether another attempt may help.</returns>
    private (string? Problem, bool MayPass) Attempt(HttpClient client, RunEvent what)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(Body(what), Encoding.UTF8, "application/json") };
            using var answer = client.Send(request, HttpCompletionOption.ResponseHeadersRead, stop.Token);
            return answer.IsSuccessStatusCode
                ? (null, false)
                : ($"it answered {(int)answer.StatusCode}",
                    answer.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);
        }
        catch (HttpRequestException e)
        {
            return (e.Message.TrimEnd('.'), true);
        }
        catch (OperationCanceledException)
        {
            return ("it did not answer in time", true);
        }
    }

    /// <summary>Names the host alone: what follows it is often a secret.</summary>
    private void Warn(string problem)
    {
        if (!warned)
        {
            warned = true;
            warn($"'{address.Host}' was not told of an event: {problem}. The run goes on without; what else it does not take is passed over in silence.");
        }
    }
}
