namespace TinySora.Engine.Training.Checkpoints;

/// <summary>The two sets of weights that a checkpoint holds.</summary>
public enum CheckpointWeights
{
    /// <summary>Their moving average (EMA), which makes the better videos as a rule.</summary>
    Averaged,

    /// <summary>Those that training goes on with.</summary>
    Training,
}
