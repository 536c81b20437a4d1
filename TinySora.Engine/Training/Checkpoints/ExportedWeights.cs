namespace TinySora.Engine.Training;

public enum ExportedWeights
{
    Averaged,
    Training,
}
