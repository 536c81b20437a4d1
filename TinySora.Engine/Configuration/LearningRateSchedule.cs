namespace TinySora.Engine.Configuration;

/// <summary>The course of the learning rate after its warm-up.</summary>
public enum LearningRateSchedule
{
    Constant,
    Cosine,
    Plateau,
}
