namespace TinySora.Engine.Runs.Session;

/// <summary>Whether a run that was stopped and continued equals one that was not, bit for bit.</summary>
public sealed record ResumeVerdict
{
    /// <summary>The configuration's file or preset.</summary>
    public required string Config { get; init; }

    /// <summary>Optimizer steps of each of the two runs.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps after which one of them was stopped.</summary>
    public required int StoppedAt { get; init; }

    /// <summary>Whether weights, average and optimizer state are the same bits.</summary>
    public bool Equal => DifferentTensors == 0;

    /// <summary>Tensors that were compared.</summary>
    public required int Tensors { get; init; }

    public required int DifferentTensors { get; init; }

    /// <summary>The first tensor that differs, and by how much; null: none does.</summary>
    public string? FirstDifference { get; init; }

    public required string Device { get; init; }

    /// <summary>Threads of the work on the processor, the same for all steps.</summary>
    public required int Threads { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => $"{Config}: {(Equal ? "the same bits" : FirstDifference)}";
}
