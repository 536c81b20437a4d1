namespace TinySora.Engine.Training.Parallel;

/// <summary>The orders that the first process gives to the others.</summary>
internal enum StepOrderKind
{
    /// <summary>The order to end with the run.</summary>
    End,

    /// <summary>The order to take part in a step.</summary>
    Step,

    /// <summary>The order to take over all that a step changes.</summary>
    Take,

    /// <summary>The order to tell the hash of all that a step changes.</summary>
    Compare,
}
