namespace TinySora.Engine.Configuration;

/// <summary>The course of the learning rate after its warm-up; <c>LearningRate</c>, in the folder of optimizers, computes it.</summary>
public enum LearningRateSchedule
{
    Constant,
    Cosine,
    Plateau,
}
