using System.Globalization;
using CsCheck;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Evaluation.Captioning;

namespace TinySora.Engine.Tests.Data.Import;

/// <summary>Properties of tables and text files with any captions and times.</summary>
public sealed class CaptionPropertyTests : IDisposable
{
    private static readonly Gen<TimeSpan> Times = Gen.OneOf(1_000, 100_000, 10_000_000, 999_999_999)
        .SelectMany(longest => Gen.Int[0, longest]).Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds));

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Rows whose cells are all blank are separators of spreadsheets.</summary>
    [Fact]
    public void Cells_are_read_back_unchanged() =>
        Gen.Select(PropertyCheck.Text, PropertyCheck.Text, PropertyCheck.Text).Array[0, 6].Check(60, table =>
        {
            CaptionCsv.Write(folder.File("a.csv"), ["notes", "video", "caption"], table.Select(row => (string[])[row.Item1, row.Item2, row.Item3]));
            Assert.Equal(
                table.Where(row => row != ("", "", "")).Select(row => (row.Item2, row.Item3)),
                CaptionTable.Rows(folder.File("a.csv")).Select(row => (row.Video, Assert.Single(row.Captions))));
        });

    [Fact]
    public void Segments_are_read_back_unchanged() =>
        Gen.Select(PropertyCheck.Text, Times, Times).Array[1, 5].Check(40, segments =>
        {
            VideoCaptioner.Write(folder.File("a.csv"), segments.Select((segment, i) =>
                new VideoCaption(folder.File($"{i}.mp4"), segment.Item2, segment.Item3, segment.Item1)));
            var rows = CaptionTable.Rows(folder.File("a.csv"));
            Assert.Equal(segments.Select((segment, i) => ($"{i}.mp4", segment.Item1)), rows.Select(row => (row.Video, row.Captions[0])));
            Assert.Equal(segments.Select(segment => (segment.Item2, (TimeSpan?)segment.Item3)), rows.Select(row => (row.Start, row.Duration)));
        });

    [Fact]
    public void Times_are_read_in_every_notation() => Gen.OneOf(Times, Gen.Long[0, 9_999_999_999_999].Select(TimeSpan.FromTicks)).Check(200, time =>
    {
        var (invariant, hours, rest) = (CultureInfo.InvariantCulture, (int)time.TotalHours, time.ToString(@"mm\:ss\.fffffff", CultureInfo.InvariantCulture));
        string[] texts =
        [
            (time.Ticks / (decimal)TimeSpan.TicksPerSecond).ToString("0.#######", invariant), time.ToString("c", invariant),
            $"{hours}:{rest}", $"{hours}:{rest.Replace('.', ',')}", string.Create(invariant, $"{(int)time.TotalMinutes}:{time:ss\\.fffffff}"),
        ];
        Assert.All(texts, text => Assert.Equal(time, CaptionRow.Time(text)));
    });

    [Fact]
    public void Captions_of_a_clip_are_read_back_unchanged() => PropertyCheck.Text.Array[0, 5].Check(60, texts =>
    {
        string[] captions = [.. texts.Select(CaptionText.OneLine).Where(text => text.Length > 0).Distinct()];
        CaptionFile.Write(folder.File("a.gif"), captions);
        Assert.Equal(captions, CaptionFile.ReadAll(folder.File("a.gif")));
    });
}
