namespace TinySora.Engine.Media.Video;

/// <summary>A remark on how the pictures of a video are read.</summary>
/// <param name="Text">Completes a sentence that begins with "is" or "are".</param>
/// <param name="IsFault">Whether they are not read as a player shows them.</param>
internal sealed record PictureNote(string Text, bool IsFault);
