using TinySora.Engine.Errors;

namespace TinySora.Engine.Runs.Orders;

/// <summary>The answer to an order.</summary>
/// <param name="Step">Steps completed when it was carried out.</param>
/// <param name="Path">The file that was written, where it was to write one.</param>
public sealed record RunAnswer(int Step, string? Path)
{
    /// <summary>The refusal of the order; null: it was carried out.</summary>
    public Refusal? Refused { get; init; }

    /// <summary>A <see cref="TinySoraException"/> on its way to another process.</summary>
    public sealed record Refusal(string Id, ErrorKind Kind, string? Target, string Message, string Advice)
    {
        internal static Refusal Of(TinySoraException e) => new(e.Id, e.Kind, e.Target?.ToString(), e.Message, e.Advice);

        /// <summary>The error of the other process as one of this process.</summary>
        internal TinySoraException Arrived() => new(Id, Kind, Target, Message, Advice);
    }
}
