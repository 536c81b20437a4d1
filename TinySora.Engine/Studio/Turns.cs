namespace TinySora.Engine.Studio;

/// <summary>
/// Who types faster than clips are made wants the newest only: a request of a page cancels the older ones of the same page, and one that is
/// overtaken on its way is not begun at all.
/// </summary>
internal sealed class Turns
{
    private readonly object sync = new();
    private readonly Dictionary<string, (long Number, CancellationTokenSource Stop)> newest = [];

    /// <summary>Begins a turn.</summary>
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
