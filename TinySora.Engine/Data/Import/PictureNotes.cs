using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Import;

/// <summary>Collects notes on how the frames of videos are read, and reports each note once for all videos that it applies to.</summary>
internal sealed class PictureNotes
{
    private readonly List<(string Text, List<string> Videos)> notes = [];

    public void Add(string video, IEnumerable<PictureNote> added)
    {
        foreach (var note in added)
        {
            if (!notes.Exists(known => known.Text == note.Text))
            {
                notes.Add((note.Text, []));
            }

            notes.Find(known => known.Text == note.Text).Videos.Add(video);
        }
    }

    public void Report(Action<string> warning)
    {
        foreach (var (text, videos) in notes)
        {
            warning(videos.Count == 1 ? $"'{videos[0]}' is {text}." : $"{videos.Count} videos are {text}; the first is '{videos[0]}'.");
        }
    }
}
