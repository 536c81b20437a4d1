namespace TinySora.Simulation;

/// <summary>Lets actors take turns in an order that follows from a seed, under a clock of its own.</summary>
internal sealed class Schedule(int seed) : IDisposable
{
    /// <summary>Many times what the longest schedule takes.</summary>
    private const int MostMoments = 200_000;

    /// <summary>Milliseconds between two moments, at most.</summary>
    private const int LongestStretch = 12;

    private readonly List<Actor> actors = [];

    public Random Random { get; } = new(seed);

    /// <summary>Milliseconds since it began.</summary>
    public long Now { get; private set; }

    /// <summary>How many turns there were.</summary>
    public int Moments { get; private set; }

    /// <summary>Those that have not ended.</summary>
    public IEnumerable<Actor> Live => actors.Where(actor => actor.IsLive);

    public Actor Add(string name, Action work)
    {
        Actor actor = new(this, name, work);
        actors.Add(actor);
        return actor;
    }

    /// <summary>One turn of one of those that have something to do; where all wait, time goes by.</summary>
    /// <exception cref="InvalidOperationException">They do not come to an end, or one met an error that it does not expect.</exception>
    public void Step()
    {
        if (++Moments > MostMoments)
        {
            throw new InvalidOperationException($"It does not end: {string.Join(", ", Live.Select(actor => actor.Name))}.");
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

    /// <summary>Takes turns until all have ended.</summary>
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
