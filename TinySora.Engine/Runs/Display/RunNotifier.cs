using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Runs.Display;

/// <summary>
/// Posts the events of a run as JSON to one address, on a separate thread. The run waits for pending deliveries only when it ends, for at most 20 seconds.
/// Only the first failed delivery causes a warning.
/// </summary>
public sealed class RunNotifier : IDisposable
{
    private static readonly TimeSpan LongestAttempt = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(20);

    /// <summary>Delays before the second and later attempts to deliver an event.</summary>
    private static readonly TimeSpan[] UsualWaits = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(9)];

    /// <summary>Maximum number of events that wait for delivery. It is exceeded only if the server does not respond.</summary>
    private const int MaxWaiting = 100;

    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Uri address;
    private readonly IReadOnlyCollection<RunEventKind> kinds;
    private readonly Action<string> warn;
    private readonly TimeSpan[] waits;
    private readonly BlockingCollection<RunEvent> queue = new(MaxWaiting);
    private readonly CancellationTokenSource stop = new();
    private readonly Task sending;
    private bool warned;

    /// <param name="address">An http or https address.</param>
    /// <param name="kinds">Kinds of events to post.</param>
    /// <param name="warn">Called once, on another thread, to report why a delivery failed.</param>
    /// <param name="waits">Delays before the second and later attempts to deliver an event; <c>null</c> for the defaults.</param>
    /// <exception cref="TinySoraException">NoAddress.</exception>
    public RunNotifier(Uri address, IReadOnlyCollection<RunEventKind> kinds, Action<string> warn, TimeSpan[]? waits = null)
    {
        Check(address);
        (this.address, this.kinds, this.warn, this.waits) = (address, kinds, warn, waits ?? UsualWaits);
        sending = Task.Factory.StartNew(Send, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Checks that events can be posted to an address.</summary>
    /// <exception cref="TinySoraException">NoAddress.</exception>
    public static Uri Check(Uri address) =>
        address.IsAbsoluteUri && address.Scheme is ("http" or "https") ? address : throw TrainingErrors.NoAddress(address.OriginalString);

    /// <summary>Queues an event for posting if its kind is selected; returns immediately.</summary>
    public void Post(RunEvent what)
    {
        if (kinds.Contains(what.Kind) && !queue.TryAdd(what))
        {
            Warn("the server has not responded for a long time");
        }
    }

    /// <summary>Waits until all events are delivered or abandoned.</summary>
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

    /// <summary>Returns the body of the HTTP request for an event. Slack and similar services display its <c>text</c> field.</summary>
    internal static string Body(RunEvent what) => JsonSerializer.Serialize(
        new
        {
            Event = $"{what.Kind}", Text = $"{Path.GetFileName(what.ResultsPath)}, step {what.Step}: {what.Kind}. {what.Message}", what.Time, what.ResultsPath,
            what.Step, Loss = what.Loss is double loss && double.IsFinite(loss) ? loss : (double?)null, what.Checkpoint,
            StoppedBecause = what.StoppedBecause?.ToString(), what.ErrorId, what.Advice,
        }, Form);

    private void Send()
    {
        // Do not follow redirects, because they lead to addresses that the user has not chosen.
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

    /// <returns>The reason why the delivery failed (<c>null</c> on success), and whether another attempt may succeed.</returns>
    private (string? Problem, bool MayPass) Attempt(HttpClient client, RunEvent what)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(Body(what), Encoding.UTF8, "application/json") };
            using var answer = client.Send(request, HttpCompletionOption.ResponseHeadersRead, stop.Token);
            return answer.IsSuccessStatusCode
                ? (null, false)
                : ($"the server responded with status {(int)answer.StatusCode}",
                    answer.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);
        }
        catch (HttpRequestException e)
        {
            return (e.Message.TrimEnd('.'), true);
        }
        catch (OperationCanceledException)
        {
            return ("the server did not respond in time", true);
        }
    }

    /// <summary>Warns with the host name only, because the rest of the address often contains a secret.</summary>
    private void Warn(string problem)
    {
        if (!warned)
        {
            warned = true;
            warn($"An event could not be posted to '{address.Host}': {problem}. The run continues; further failures are not reported.");
        }
    }
}
