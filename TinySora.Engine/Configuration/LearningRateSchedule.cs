namespace TinySora.Engine.Configuration;

/// <summary>How the learning rate goes after its warm-up.</summary>
public enum LearningRateSchedule
{
    Constant,
    Cosine,
    Plateau,
}
