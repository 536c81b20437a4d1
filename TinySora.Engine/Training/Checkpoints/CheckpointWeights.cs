namespace TinySora.Engine.Training.Checkpoints;

/// <summary>The two sets of weights that a checkpoint holds.</summary>
public enum CheckpointWeights
{
    /// <summary>The moving average of the weights (EMA), which usually makes the better videos.</summary>
    Averaged,

    /// <summary>The weights that training goes on with.</summary>
    Training,
}
