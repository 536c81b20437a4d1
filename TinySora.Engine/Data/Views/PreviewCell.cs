namespace TinySora.Engine.Data.Views;

/// <summary>A clip in the preview of a dataset.</summary>
/// <param name="Number">As written under its picture, from 1.</param>
public sealed record PreviewCell(int Number, string Path, string? Caption);
