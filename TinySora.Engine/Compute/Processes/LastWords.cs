namespace TinySora.Engine.Compute.Processes;

/// <summary>The message that a process writes immediately before it ends, and others with it: nothing else can report it then.</summary>
internal static class LastWords
{
    /// <summary>A launcher that ends processes may drop what it has not read of them by then: MPICH's did, a few times in a hundred.</summary>
    private static readonly TimeSpan Reading = TimeSpan.FromSeconds(1);

    public static void Say(string text)
    {
        Console.Error.WriteLine(text);
        Console.Error.Flush();
        Thread.Sleep(Reading);
    }
}
