namespace TinySora.Engine.Runs.Orders;

/// <summary>What a live run can be asked to do between two steps.</summary>
public enum RunAction
{
    Suspend,
    Resume,
    Stop,
    Save,
    SetLearningRate,
    Preview,
}
