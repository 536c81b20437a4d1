namespace TinySora.Engine.Families;

/// <summary>Parameters that have an optimizer, and a turn in each step, of their own.</summary>
/// <param name="Name">For messages and metrics.</param>
/// <param name="Contains">Whether a parameter, by its name in the model, belongs to it. Each belongs to one group.</param>
public sealed record ParameterGroup(string Name, Func<string, bool> Contains)
{
    /// <summary>Steps before its first turn; until then nothing of it moves, and its optimizer counts from there. The first group has all turns.</summary>
    public int From { get; init; }

    /// <summary>Steps from one turn to the next: 1 where it has a turn in each. The first group has all turns.</summary>
    public int Every { get; init; } = 1;

    public static ParameterGroup All { get; } = new("model", _ => true);
}
