namespace TinySora.Engine.Compute;

/// <summary>How far reading or writing of a dataset has come; reported from any thread.</summary>
/// <param name="Item">The file just done.</param>
public sealed record DataProgress(int Done, int Total, string Item);
