namespace TinySora.Engine.Training.Parallel;

/// <summary>What the first process asks of the others.</summary>
internal enum StepOrderKind
{
    /// <summary>To end with the run.</summary>
    End,

    /// <summary>To take part in a step.</summary>
    Step,

    /// <summary>To take over all that a step changes.</summary>
    Take,

    /// <summary>To tell the hash of all that a step changes.</summary>
    Compare,
}
