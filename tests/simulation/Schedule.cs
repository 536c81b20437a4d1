namespace TinySora.Simulation;

/// <summary>Runs actors in turns, in an order that depends only on a seed, with a simulated clock.</summary>
internal sealed class Schedule(int seed) : IDisposable
{
    /// <summary>Maximum number of moments, many times more than the longest schedule has.</summary>
    private const int MaxMoments = 200_000;

    /// <summary>Maximum number of milliseconds between two moments.</summary>
    private const int LongestStretch = 12;

    private readonly List<Actor> actors = [];

    public Random Random { get; } = new(seed);

    /// <summary>Simulated milliseconds since the start.</summary>
    public long Now { get; private set; }

    /// <summary>Number of turns.</summary>
    public int Moments { get; private set; }

    /// <summary>Actors that have not ended.</summary>
    public IEnumerable<Actor> Live => actors.Where(actor => actor.IsLive);

    public Actor Add(string name, Action work)
    {
        Actor actor = new(this, name, work);
        actors.Add(actor);
        return actor;
    }

    /// <summary>Runs one turn of an actor that has something to do. If all wait, advances the clock.</summary>
    /// <exception cref="InvalidOperationException">The actors do not end, or one has an unexpected error.</exception>
    public void Step()
    {
        if (++Moments > MaxMoments)
        {
            throw new InvalidOperationException($"The schedule does not end: {string.Join(", ", Live.Select(actor => actor.Name))}.");
        }

        Now = Math.Max(Now + Random.Next(LongestStretch), Live.Min(actor => actor.Due));
        var ready = Live.Where(actor => actor.Due <= Now).ToList();
        var next = ready[Random.Next(ready.Count)];
        next.Step();
        if (next.Failure is Exception failure)
        {
            throw new InvalidOperationException($"{next.Name}: {failure}");
        }
    }

    /// <summary>Runs turns until all actors have ended.</summary>
    /// <inheritdoc cref="Step"/>
    public void Finish()
    {
        while (Live.Any())
        {
            Step();
        }
    }

    public void Dispose() => actors.ForEach(actor => actor.Leave());
}
