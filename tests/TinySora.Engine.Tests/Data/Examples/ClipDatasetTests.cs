using System.Text;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Media;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Data.Examples;

public sealed class ClipDatasetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Pairs_in_subfolders_are_found_in_name_order_with_trimmed_captions()
    {
        Write("b.gif", "  a blue thing \r\n\r\n");
        Write("sub/a.gif", "a red thing");
        Write("Z.gif", null);
        Write("empty.gif", "\n");
        Write(".hidden/h.gif", "hidden");
        File.WriteAllText(folder.File("notes.txt"), "no clip");

        using var data = Open();

        Assert.Equal([null, "a blue thing", null, "a red thing"], data.Captions);
        Assert.Equal((4, 2), (data.Count, data.WithoutCaption));
        Assert.Empty(data.Skipped);
        Assert.Null(data.Note);
    }

    [Fact]
    public void Unreadable_caption_is_an_error_and_not_a_clip_without_text()
    {
        Write("a.gif", "a red thing");
        using (new FileStream(folder.File("a.txt"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            var error = Assert.Throws<TinySoraException>(() => Open());
            Assert.Equal("TinySora.Data.CaptionRefused", error.Id);
            Assert.Contains("a.txt", error.Message, StringComparison.Ordinal);
        }

        using var data = Open();
        Assert.Equal(["a red thing"], data.Captions);
    }

    [Fact]
    public void Clip_with_several_captions_appears_once_per_caption_and_is_decoded_once()
    {
        Write("a.gif", "a red thing\n\n  something red \r\na red thing\n", level: 90);
        Write("b.gif", "a blue thing");
        var counter = new Counter();

        using (var data = ClipDataset.Open(folder.Path, Config(8, 2).Clips, counter))
        {
            Assert.Equal(["a red thing", "something red", "a blue thing"], data.Captions);
            Assert.Equal(3, data.Count);
            using var batch = data.GetBatch([0, 1, 2], CPU);
            Assert.Equal(["a.gif", "a.gif", "b.gif"], batch.Names);
            Assert.True(batch.Clips[0].allclose(batch.Clips[1]));
            Assert.False(batch.Clips[0].allclose(batch.Clips[2]));
        }

        Assert.Equal(2, counter.Items.Count);
        var unconditional = Config(8, 2);
        using var once = Open(unconditional.With(model: unconditional.Model with { TextEncoder = TextEncoderKind.None }));
        Assert.Equal(2, once.Count);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void Captions_are_decoded_by_their_byte_order_mark(string encoding)
    {
        Write("a.gif", null);
        File.WriteAllText(folder.File("a.txt"), "ein grüner Stern\n", Encoding.GetEncoding(encoding));

        using var data = Open();

        Assert.Equal("ein grüner Stern", Assert.Single(data.Captions));
    }

    [Fact]
    public void Batch_holds_pixels_as_channels_frames_height_width_in_0_to_1()
    {
        // 2 frames of 4 x 6, each column another color; the centre 4 x 4 stays, the missing third frame is black.
        var clip = Clip.Black(2, 4, 6, 3);
        for (var i = 0; i < clip.Pixels.Length; i++)
        {
            var (frame, column, channel) = (i / clip.FrameLength, i / 3 % 6, i % 3);
            clip.Pixels[i] = (byte)((frame * 100) + (column * 20) + (channel * 7));
        }

        Directory.CreateDirectory(folder.Path);
        ClipFile.Write(folder.File("a.gif"), clip);
        Write("b.gif", "plain");
        using var data = Open(Config(4, 3));
        using var batch = data.GetBatch([1, 0], CPU);

        Assert.Equal([2, 3, 3, 4, 4], batch.Clips.shape);
        Assert.Equal(ScalarType.Float32, batch.Clips.dtype);
        Assert.Equal(["plain", null], batch.Captions);
        Assert.Equal(["b.gif", "a.gif"], batch.Names);
        var values = batch.Clips.data<float>().ToArray();
        for (var i = 0; i < 144; i++)
        {
            var (channel, frame, column) = (i / 48, i / 16 % 3, i % 4);
            var expected = frame == 2 ? 0 : (frame * 100) + ((column + 1) * 20) + (channel * 7);
            Assert.Equal(expected / 255f, values[144 + i]);
        }
    }

    /// <summary>Overlapping frames, some with holes, compared with the pixels that Pillow reads.</summary>
    [Theory]
    [InlineData("disposal-background.gif", 1)]
    [InlineData("disposal-background.gif", 3)]
    [InlineData("disposal-background.gif", 4)]
    [InlineData("disposal-previous.gif", 1)]
    [InlineData("disposal-previous.gif", 3)]
    [InlineData("disposal-previous.gif", 4)]
    public void Clips_come_in_the_channels_of_the_model(string name, int channels)
    {
        var (frames, height, width, _, _) = MediaGolden.Index[name];
        var rgba = MediaGolden.Unzip(Path.ChangeExtension(name, ".rgba.gz"));
        Directory.CreateDirectory(folder.Path);
        File.Copy(MediaGolden.PathOf(name), folder.File(name));
        using var data = Open(Config(height, frames).With(model: new ModelConfig { Channels = channels }));
        using var batch = data.GetBatch([0], CPU);

        Assert.Equal([1, channels, frames, height, height], batch.Clips.shape);
        var values = batch.Clips.data<float>().ToArray();
        var left = (width - height) / 2;
        for (var i = 0; i < values.Length; i++)
        {
            var (channel, frame, row, column) = (i / height / height / frames, i / height / height % frames, i / height % height, i % height);
            var pixel = rgba.AsSpan(((((frame * height) + row) * width) + left + column) * 4, 4);

            // Gray follows ITU-R 601 in integers; transparent pixels are black.
            var expected = channels == 1 ? ((pixel[0] * 19595) + (pixel[1] * 38470) + (pixel[2] * 7471) + 0x8000) >> 16 : pixel[channel];
            Assert.Equal(expected / 255f, values[i]);
        }
    }

    [Fact]
    public void Clips_are_scaled_by_their_shorter_side_and_centre_cropped()
    {
        // Thirds of red, green and blue, reversed in the second frame, scaled from 24 x 12 to 6 x 6.
        byte[][] thirds = [[255, 0, 0], [0, 255, 0], [0, 0, 255]];
        var clip = Clip.Black(2, 12, 24, 3);
        for (var i = 0; i < clip.Pixels.Length; i += 3)
        {
            var third = i / 3 % 24 / 8;
            thirds[i < clip.FrameLength ? third : 2 - third].CopyTo(clip.Pixels, i);
        }

        Directory.CreateDirectory(folder.Path);
        ClipFile.Write(folder.File("a.gif"), clip);
        using var data = Open(Config(6, 2));
        using var batch = data.GetBatch([0], CPU);

        // The middle six of 12 columns: edges of the outer thirds, slightly blended with the middle third, and all of the middle third.
        for (var frame = 0; frame < 2; frame++)
        {
            float[] Column(int channel, int column) => batch.Clips[0][channel][frame].select(1, column).contiguous().data<float>().ToArray();
            var (left, right) = frame == 0 ? (0, 2) : (2, 0);
            Assert.All(Column(left, 0), v => Assert.InRange(v, 0.8f, 0.99f));
            Assert.All(Column(1, 0), v => Assert.InRange(v, 0.01f, 0.2f));
            Assert.All(Column(right, 5), v => Assert.InRange(v, 0.8f, 0.99f));
            Assert.All(new[] { 2, 3 }, column => Assert.Equal(Enumerable.Repeat(1f, 6), Column(1, column)));
            Assert.All(new[] { 2, 3 }, column => Assert.Equal(Enumerable.Repeat(0f, 12), [.. Column(0, column), .. Column(2, column)]));
        }
    }

    [Fact]
    public void Second_start_decodes_nothing_and_gives_equal_clips()
    {
        Write("a.gif", "a");
        Write("b.gif", "b");
        var first = Fingerprint(out var decoded);
        Assert.Equal(2, decoded);

        Assert.Equal(first, Fingerprint(out decoded));
        Assert.Equal(0, decoded);
    }

    [Fact]
    public void Only_new_and_changed_clips_are_decoded_and_removed_ones_disappear()
    {
        Write("a.gif", "a");
        Write("b.gif", "b");
        Write("c.gif", "c");
        Write("d.gif", "d");
        var before = Fingerprint(out _);
        var keptBefore = PixelsOf("d.gif");

        Write("b.gif", "b", level: 200);
        File.SetLastWriteTimeUtc(folder.File("b.gif"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Write("e.gif", "e", level: 60);
        File.Delete(folder.File("c.gif"));
        var after = Fingerprint(out var decoded);

        Assert.Equal(2, decoded);
        Assert.NotEqual(before, after);
        using var data = Open();
        Assert.Equal(["a", "b", "d", "e"], data.Captions);
        Assert.Equal(200, PixelsOf("b.gif")[0]);
        Assert.Equal(keptBefore, PixelsOf("d.gif"));
    }

    [Fact]
    public void Changed_caption_changes_the_fingerprint_without_decoding()
    {
        Write("a.gif", "a");
        var before = Fingerprint(out _);
        File.WriteAllText(folder.File("a.txt"), "another");

        Assert.NotEqual(before, Fingerprint(out var decoded));
        Assert.Equal(0, decoded);
    }

    [Fact]
    public void Broken_clip_is_skipped_and_listed_each_time_and_the_store_is_kept()
    {
        Write("a.gif", "a");
        Write("b.gif", "b");
        File.WriteAllBytes(folder.File("broken.gif"), File.ReadAllBytes(folder.File("a.gif"))[..20]);
        File.WriteAllText(folder.File("text.gif"), "no GIF at all");

        for (var time = 0; time < 2; time++)
        {
            using var data = Open();
            Assert.Equal(2, data.Count);
            Assert.Equal(["broken.gif", "text.gif"], data.Skipped.Select(s => Path.GetFileName(s.Path)));
            Assert.All(data.Skipped, s => Assert.Contains(Path.GetFileName(s.Path), s.Reason, StringComparison.Ordinal));
            Assert.Null(data.Note);
        }
    }

    [Fact]
    public void Clip_that_became_broken_is_removed_from_the_store()
    {
        Write("a.gif", "a");
        Write("b.gif", "b");
        Fingerprint(out _);
        File.WriteAllText(folder.File("a.gif"), "gone");

        using var data = Open();

        Assert.Equal(["b"], data.Captions);
    }

    [Theory]
    [InlineData(0)] // magic
    [InlineData(8)] // version
    [InlineData(30)] // shape
    [InlineData(44)] // length of the first clip's entry
    [InlineData(70)] // the entry
    [InlineData(200)] // pixels of the first clip
    [InlineData(-3)] // pixels of the last clip
    public void Damaged_store_is_repaired(int position)
    {
        Write("a.gif", "a");
        Write("b.gif", "b");
        var before = Fingerprint(out _);
        var store = Store();
        var bytes = File.ReadAllBytes(store);
        bytes[position < 0 ? bytes.Length + position : position] ^= 0x55;
        File.WriteAllBytes(store, bytes);

        Assert.Equal(before, Fingerprint(out var decoded));
        Assert.InRange(decoded, 1, 2);
        Assert.Equal(before, Fingerprint(out decoded));
        Assert.Equal(0, decoded);
    }

    [Fact]
    public void Truncated_store_or_another_file_is_replaced()
    {
        Write("a.gif", "a");
        var before = Fingerprint(out _);
        var whole = File.ReadAllBytes(Store());
        foreach (var content in new[] { whole[..^1], whole[..100], [], Encoding.ASCII.GetBytes(new string('x', 1000)) })
        {
            File.WriteAllBytes(Store(), content);
            Assert.Equal(before, Fingerprint(out _));
        }
    }

    [Fact]
    public void Unwritable_store_keeps_the_clips_in_memory_with_a_note()
    {
        Write("a.gif", "a", level: 77);
        // A file in place of the folder stops even the root user.
        File.WriteAllText(folder.File(".tinysora"), "in the way");

        using var data = Open();
        using var batch = data.GetBatch([0], CPU);

        Assert.Contains(".tinysora", data.Note, StringComparison.Ordinal);
        Assert.Equal(77 / 255f, batch.Clips.data<float>()[0, 0, 0, 0, 0]);
    }

    [Fact]
    public void Clips_are_cut_or_padded_to_the_length_or_keep_theirs()
    {
        Needs.FFmpeg();
        Write("a-right.gif", "a");
        Film("b-long.gif", 3);
        Film("c-long.mp4", 4);
        Film("d-short.gif", 1);
        var keep = Config(8, 2) with { Trainer = new TrainerConfig { ForceNumFrames = false } };

        using (var forced = Open())
        {
            Assert.Equal(4, forced.Count);
            using var batch = forced.GetBatch([1, 3], CPU);
            Assert.Equal([3, 2, 8, 8], batch.Clips.shape[1..]);
            Assert.All(batch.Clips[0].data<float>().ToArray(), v => Assert.Equal(90 / 255f, v));
            Assert.All(batch.Clips[1].select(1, 1).contiguous().data<float>().ToArray(), v => Assert.Equal(0, v));
        }

        using var kept = Open(keep);
        Assert.Empty(kept.Skipped);
        using var all = kept.GetBatch([0, 1, 2, 3], CPU);
        Assert.Equal([2, 3, 4, 1], all.Lengths);
        Assert.Equal([4, 3, 4, 8, 8], all.Clips.shape);
        for (var i = 1; i < 4; i++)
        {
            // Gray of an MP4 is inexact.
            Assert.All(all.Clips[i].narrow(1, 0, all.Lengths![i]).contiguous().data<float>().ToArray(), v => Assert.Equal(90 / 255f, v, 2 / 255f));
            Assert.Equal(0, all.Clips[i].narrow(1, all.Lengths[i], 4 - all.Lengths[i]).abs().sum().item<float>());
        }

        using var alike = kept.GetBatch([0], CPU);
        Assert.Null(alike.Lengths);
        using var forcedAgain = Open();
        using var same = forcedAgain.GetBatch([0], CPU);
        Assert.Equal(same.Clips.data<float>().ToArray(), alike.Clips.data<float>().ToArray());

        using var refused = ClipDataset.Open(folder.Path, keep.Clips with { Shape = keep.Clips.Shape with { LengthRule = LengthRule.Refuse } });
        Assert.Equal(["b-long.gif", "c-long.mp4", "d-short.gif"], refused.Skipped.Select(s => Path.GetFileName(s.Path)));
        Assert.All(refused.Skipped, s => Assert.Contains("differs from that of the model's clips (2)", s.Reason, StringComparison.Ordinal));

        void Film(string name, int frames)
        {
            var clip = Clip.Black(frames, 8, 8, 3, 100);
            Array.Fill(clip.Pixels, (byte)90);
            ClipFile.Write(folder.File(name), clip);
        }
    }

    [Fact]
    public void Short_clips_are_skipped_and_counted_and_long_ones_begin_at_their_first_frame()
    {
        Needs.FFmpeg();
        foreach (var (name, frames) in new[] { ("a.mp4", 6), ("b.mp4", 4), ("c.mp4", 3), ("d.gif", 1) })
        {
            // Frame n has brightness 20 + 30 n, is twice as wide as high, and its outer quarters are black.
            var clip = Clip.Black(frames, 16, 32, 3, 100);
            for (var i = 0; i < clip.Pixels.Length; i++)
            {
                clip.Pixels[i] = (byte)(i / 3 % 32 is >= 8 and < 24 ? 20 + (30 * (i / clip.FrameLength)) : 0);
            }

            ClipFile.Write(folder.File(name), clip);
        }

        File.WriteAllText(folder.File("e.gif"), "no clip");
        using var data = Open(Config(8, 4) with { Trainer = new TrainerConfig { DropShortClips = true } });

        Assert.Equal(2, data.Count);
        Assert.Equal(["c.mp4 True", "d.gif True", "e.gif False"], data.Skipped.Select(s => $"{Path.GetFileName(s.Path)} {s.IsTooShort}"));
        Assert.Contains("(frames: 3; required: 4)", data.Skipped[0].Reason, StringComparison.Ordinal);
        using var batch = data.GetBatch([0, 1], CPU);
        Assert.Equal([2, 3, 4, 8, 8], batch.Clips.shape);
        Assert.InRange(batch.Clips.min().item<float>(), 0, 0.15);
        for (var f = 0; f < 4; f++)
        {
            var frame = batch.Clips.select(2, f).slice(3, 1, 7, 1).contiguous().data<float>().ToArray();
            Assert.All(frame, v => Assert.InRange(v, ((20 + (30 * f)) / 255f) - 0.03f, ((20 + (30 * f)) / 255f) + 0.03f));
        }

        using var filled = Open(Config(8, 4));
        Assert.Equal(4, filled.Count);
    }

    [Fact]
    public void Videos_are_clips()
    {
        Needs.FFmpeg();
        var clip = Clip.Black(6, 20, 32, 3, frameMilliseconds: 100);
        Array.Fill(clip.Pixels, (byte)120);
        ClipFile.Write(folder.File("film.mp4"), clip);
        File.WriteAllText(folder.File("film.txt"), "a grey wall");
        Write("plain.gif", "b");

        using var data = Open(Config(8, 4));
        using var batch = data.GetBatch([0], CPU);

        Assert.Equal(["a grey wall", "b"], data.Captions);
        Assert.All(batch.Clips.data<float>().ToArray(), v => Assert.InRange(v, 117 / 255f, 123 / 255f));
    }

    [Fact]
    public void Disposed_dataset_refuses_batches_instead_of_reading_freed_memory()
    {
        Write("a.gif", "a");
        var data = Open();
        data.Dispose();
        data.Dispose();

        Assert.Throws<ObjectDisposedException>(() => data.GetBatch([0], CPU));
    }

    [Fact]
    public void Every_size_has_its_own_store()
    {
        Write("a.gif", "a");
        Fingerprint(out _);
        using (Open(Config(4, 2)))
        {
        }

        Assert.Equal(2, Directory.GetFiles(folder.File(".tinysora")).Length);
        Fingerprint(out var decoded);
        Assert.Equal(0, decoded);
    }

    [Fact]
    public void Missing_empty_and_unusable_folders_have_different_errors()
    {
        var missing = Assert.Throws<TinySoraException>(() => ClipDataset.Open(folder.File("none"), Config(8, 2).Clips));
        Assert.Equal("TinySora.Data.FolderMissing", missing.Id);

        var empty = Assert.Throws<TinySoraException>(() => Open());
        Assert.Equal("TinySora.Data.NoClips", empty.Id);
        Assert.Contains(folder.Path, empty.Message, StringComparison.Ordinal);
        Assert.Contains(".gif", empty.Message, StringComparison.Ordinal);

        File.WriteAllText(folder.File("a.gif"), "no GIF");
        var unusable = Assert.Throws<TinySoraException>(() => Open());
        Assert.Equal("TinySora.Data.NoUsableClips", unusable.Id);
        Assert.Contains("a.gif", unusable.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelled_or_killed_start_resumes_with_the_missing_clips()
    {
        for (var i = 0; i < 100; i++)
        {
            Write($"{i:D2}.gif", $"{i}", (byte)i);
        }

        using var stop = new CancellationTokenSource();
        var before = new Counter { Reported = p => { if (p.Done == 20) { stop.Cancel(); } } };
        Assert.ThrowsAny<OperationCanceledException>(() => ClipDataset.Open(folder.Path, Config(8, 2).Clips, before, stop.Token));
        var half = Store();
        Assert.EndsWith(".partial", half, StringComparison.Ordinal);
        // Simulates a kill in the middle of a clip, which is decoded again.
        using (var file = File.OpenWrite(half))
        {
            file.SetLength(file.Length - 5);
        }

        // A decoded clip changes meanwhile, and another disappears.
        var decodedBefore = before.Items.Select(p => Path.GetFileName(p.Item)).Order(StringComparer.Ordinal).ToList();
        Assert.InRange(decodedBefore.Count, 20, 99);
        Write(decodedBefore[0], "changed", 200);
        File.SetLastWriteTimeUtc(folder.File(decodedBefore[0]), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.Delete(folder.File(decodedBefore[1]));

        var resumed = Fingerprint(out var decoded);

        Assert.InRange(decoded, 100 - decodedBefore.Count, 100 - decodedBefore.Count + 2);
        Assert.EndsWith(".bin", Store(), StringComparison.Ordinal);
        Assert.Equal(resumed, Fingerprint(out decoded));
        Assert.Equal(0, decoded);
        Assert.Equal(200, PixelsOf(decodedBefore[0])[0]);
        File.Delete(Store());
        Assert.Equal(resumed, Fingerprint(out decoded));
        Assert.Equal(99, decoded);
    }

    [Fact]
    public void Touched_renamed_or_copied_clips_are_not_decoded_again()
    {
        Write("a.gif", "a", level: 10);
        Write("b.gif", "b", level: 20);
        Write("c.gif", "c", level: 30);
        Fingerprint(out _);
        File.SetLastWriteTimeUtc(folder.File("a.gif"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.Move(folder.File("b.gif"), folder.File("new name.gif"));
        File.Copy(folder.File("c.gif"), folder.File("copy of c.gif"));

        Fingerprint(out var decoded);

        Assert.Equal(0, decoded);
        Assert.Equal((10, 20, 30, 30), (PixelsOf("a.gif")[0], PixelsOf("new name.gif")[0], PixelsOf("c.gif")[0], PixelsOf("copy of c.gif")[0]));
    }

    [Fact]
    public void Only_a_clip_changed_to_one_of_the_same_length_is_decoded_again()
    {
        Write("a.gif", "a", level: 10);
        Write("b.gif", "b", level: 20);
        var (length, before) = (new FileInfo(folder.File("a.gif")).Length, PixelsOf("b.gif"));

        Write("a.gif", "a", level: 11);
        File.SetLastWriteTimeUtc(folder.File("a.gif"), DateTime.UtcNow.AddSeconds(5));

        Assert.Equal(length, new FileInfo(folder.File("a.gif")).Length);
        Fingerprint(out var decoded);
        Assert.Equal(1, decoded);
        Assert.Equal(11, PixelsOf("a.gif")[0]);
        Assert.Equal(before, PixelsOf("b.gif"));
    }

    [Fact]
    public void Linked_clip_is_decoded_again_when_its_target_changes()
    {
        Needs.Links(folder.Path);
        using var elsewhere = new TemporaryFolder();
        Write("a.gif", "a", level: 10);
        File.Move(folder.File("a.gif"), elsewhere.File("target.gif"));
        File.CreateSymbolicLink(folder.File("a.gif"), elsewhere.File("target.gif"));
        Assert.Equal(10, PixelsOf("a.gif")[0]);

        Write("other.gif", null, level: 11);
        File.Move(folder.File("other.gif"), elsewhere.File("target.gif"), overwrite: true);
        File.SetLastWriteTimeUtc(elsewhere.File("target.gif"), DateTime.UtcNow.AddSeconds(5));
        Assert.Equal(11, PixelsOf("a.gif")[0]);
    }

    [Fact]
    public void Broken_link_is_an_unreadable_clip()
    {
        Needs.Links(folder.Path);
        File.CreateSymbolicLink(folder.File("a.gif"), folder.File("missing.gif"));
        Assert.Equal(("a.gif", 0L), Assert.Single(ClipSource.Find(folder.Path).Select(clip => (clip.Name, clip.Length))));
    }

    /// <summary>A batch takes managed memory only for names, captions and tensor handles.</summary>
    [Fact]
    public void Batch_takes_no_managed_memory_for_its_pixels()
    {
        Directory.CreateDirectory(folder.Path);
        for (var i = 0; i < 8; i++)
        {
            Write($"{i}.gif", $"{i}", (byte)i);
        }

        int[] indices = [0, 1, 2, 3, 4, 5, 6, 7];
        using var data = Open(Config(64, 8));
        for (var warm = 0; warm < 3; warm++)
        {
            using var batch = data.GetBatch(indices, CPU);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 0; n < 10; n++)
        {
            using var batch = data.GetBatch(indices, CPU);
        }

        // The pixels take 786 432 bytes.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 10, 1, 2048);
    }

    [Fact]
    public void Batch_does_not_change_when_the_next_is_made()
    {
        Write("a.gif", "a", level: 10);
        Write("b.gif", "b", level: 20);
        using var data = Open();
        using var first = data.GetBatch([0], CPU);
        using var second = data.GetBatch([1], CPU);

        Assert.Equal((10 / 255f, 20 / 255f), (first.Clips.data<float>()[0, 0, 0, 0, 0], second.Clips.data<float>()[0, 0, 0, 0, 0]));
    }

    [Fact]
    public void Order_is_a_pure_function_of_seed_and_epoch()
    {
        var order = SampledExample.Order(1, 0, 50);

        Assert.Equal(Enumerable.Range(0, 50), order.Order());
        Assert.Equal(order, SampledExample.Order(1, 0, 50));
        Assert.NotEqual(order, SampledExample.Order(1, 1, 50));
        Assert.NotEqual(order, SampledExample.Order(2, 0, 50));
        Assert.Empty(SampledExample.Order(1, 0, 0));
    }

    [Fact]
    public void Folder_link_that_leads_back_does_not_loop()
    {
        Needs.Links(folder.Path);

        Write("sub/a.gif", "a");
        Directory.CreateSymbolicLink(folder.File("sub", "loop"), folder.Path);

        using var data = Open();

        Assert.Equal(1, data.Count);
    }

    /// <summary>Clips on another disk, with links to themselves and to the folder that links to them.</summary>
    [Fact]
    public void Linked_folder_is_searched_once()
    {
        Needs.Links(folder.Path);

        using var elsewhere = new TemporaryFolder();
        Write("here/a.gif", "a");
        Directory.CreateDirectory(elsewhere.File("more"));
        File.Copy(folder.File("here", "a.gif"), elsewhere.File("more", "b.gif"));
        Directory.CreateSymbolicLink(elsewhere.File("more", "self"), elsewhere.File("more"));
        Directory.CreateSymbolicLink(elsewhere.File("more", "back"), folder.Path);
        Directory.CreateSymbolicLink(folder.File("there"), elsewhere.File("more"));
        Directory.CreateSymbolicLink(folder.File("twice"), folder.File("here"));

        Assert.Equal(["here/a.gif", "there/b.gif"], ClipSource.Find(folder.Path).Select(clip => clip.Name));
    }

    /// <summary>The folder itself is reached through a link, and one link leads to a folder inside another link's folder.</summary>
    [Fact]
    public void Clips_are_found_once_whichever_links_lead_to_them()
    {
        Needs.Links(folder.Path);

        using var elsewhere = new TemporaryFolder();
        Write("real/here/a.gif", "a");
        Directory.CreateDirectory(elsewhere.File("data", "sub"));
        File.Copy(folder.File("real", "here", "a.gif"), elsewhere.File("data", "sub", "b.gif"));
        Directory.CreateSymbolicLink(folder.File("real", "again"), folder.File("real", "here"));
        Directory.CreateSymbolicLink(folder.File("real", "whole"), elsewhere.File("data"));
        Directory.CreateSymbolicLink(folder.File("real", "part"), elsewhere.File("data", "sub"));
        Directory.CreateSymbolicLink(folder.File("link"), folder.Path);

        var names = ClipSource.Find(folder.File("link", "real")).Select(clip => clip.Name).ToList();
        Assert.Equal(2, names.Count);
        Assert.Equal("here/a.gif", names[0]);
        Assert.Contains(names[1], (string[])["part/b.gif", "whole/sub/b.gif"]);
    }

    private ClipDataset Open(RunConfig? config = null) => ClipDataset.Open(folder.Path, (config ?? Config(8, 2)).Clips);

    private static RunConfig Config(int size, int frames) =>
        new() { Family = new PixelUNetConfig { Diffusion = new DiffusionConfig { Height = size, Frames = frames } } };

    private void Write(string name, string? caption, byte level = 50)
    {
        var path = folder.File(name.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var clip = Clip.Black(2, 8, 8, 3);
        Array.Fill(clip.Pixels, level);
        ClipFile.Write(path, clip);
        if (caption is not null)
        {
            File.WriteAllText(Path.ChangeExtension(path, ".txt"), caption);
        }
    }

    private string Fingerprint(out int decoded)
    {
        var progress = new Counter();
        using var data = ClipDataset.Open(folder.Path, Config(8, 2).Clips, progress);
        decoded = progress.Items.Count;
        return data.Fingerprint;
    }

    private byte[] PixelsOf(string name)
    {
        using var data = Open();
        for (var i = 0; i < data.Count; i++)
        {
            using var batch = data.GetBatch([i], CPU);
            if (batch.Names[0] == name)
            {
                return [.. batch.Clips.data<float>().ToArray().Select(v => (byte)MathF.Round(v * 255))];
            }
        }

        throw new InvalidOperationException($"{name} is not in the dataset.");
    }

    private string Store() => Assert.Single(Directory.GetFiles(folder.File(".tinysora")));

    private sealed class Counter : IProgress<ItemProgress>
    {
        public System.Collections.Concurrent.ConcurrentBag<ItemProgress> Items { get; } = [];

        public Action<ItemProgress>? Reported { get; init; }

        public void Report(ItemProgress value)
        {
            Items.Add(value);
            Reported?.Invoke(value);
        }
    }
}
