using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs;

/// <summary>What a run is doing. One that has ended has the name of its <see cref="StopReason"/>.</summary>
public static class RunState
{
    /// <summary>It reads its clips.</summary>
    public const string Starting = nameof(Starting);

    public const string Running = nameof(Running);

    public const string Paused = nameof(Paused);

    /// <summary>It ended with an error.</summary>
    public const string Failed = nameof(Failed);

    /// <summary>It was killed, or the machine went down.</summary>
    public const string Interrupted = nameof(Interrupted);

    /// <summary>Only its checkpoints tell of it: it was imported, or trained before runs had a status.</summary>
    public const string Unknown = nameof(Unknown);

    /// <summary>Whether a run with this state has not ended by itself.</summary>
    public static bool IsLive(string state) => state is Starting or Running or Paused;
}
