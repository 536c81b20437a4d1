using System.Text.Json;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Digits;
using TinySora.Engine.Evaluation.Expectations;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Gif;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Sinks;
using static TinySora.Fuzz.Samples;

namespace TinySora.Fuzz;

/// <summary>All formats of files that may be untrusted.</summary>
/// <param name="golden">Folder with the tests' files from other programs.</param>
internal sealed class FuzzedFormats(string golden)
{
    /// <summary>Maximum number of bytes to which a few bytes may decompress by the product's limit, including copies.</summary>
    private const long LargestPicture = 3L << 30;

    private static readonly string[] JsonWords =
        ["{", "}", "[", "]", "\"", ":", ",", "null", "true", "-", ".", "e", "\\u0000", "{\"a\":{\"a\":{\"a\":{\"a\":1}}}}"];

    public IReadOnlyList<Format> All =>
    [
        .. WeightFormats.All(golden), .. ModelFormats.All(golden), .. ArrayFormats.All(golden), .. Media, .. Tables, .. Texts, .. FolderFormats.All,
        .. ArchiveFormats.All, .. ProbeFormats.All,
    ];

    private IEnumerable<Format> Media =>
    [
        new("gif", "clip.gif", () => Pictures("*.gif").Append(Written(".gif")), Gif)
        {
            Words = ["GIF87a", "GIF89a", "!\0", "NETSCAPE2.0", ";", ","],
        },
        new("png", "still.png", () => Pictures("*.png").Append(Written(".png")), Png)
        {
            Words = ["IHDR", "IDAT", "IEND", "PLTE", "tRNS", "tEXt"], MaxBytes = LargestPicture,
        },
        new("png-content", "still.png", () => Pictures("*.png").Append(Written(".png")).Select(PngPacking.Unpack), Png)
        {
            Pack = PngPacking.Pack, MaxBytes = LargestPicture,
        },
    ];

    private static IEnumerable<Format> Tables =>
    [
        new("csv", "captions.csv", () => Texts("video,caption,start,duration\na.mp4,\"a red circle\",0,1.5\nb.mp4,\"a \"\"blue\"\"\nsquare\",0:00:01,\n"),
            path => CaptionTable.Read(path))
        {
            Words = ["video", "caption", "start", "duration", "video_id", "file", "\"\"", ",", "0:00:01", "a.mp4"],
        },
        new("expectations", "rows.csv",
            () => Texts("Prompt,Seed,Color,Shape,Motion,MinChange,Moves,Palette\na red circle moving right,1,red,circle,right,0.5,right,\"red, black\"\n"),
            path => ExpectationTable.Read(path)) { Words = ["Prompt", "Seed", "Color", "Text", "MaxChange", "MinPsnr", "MinSsim", "Reference", "rows.csv"] },
        new("json", "captions.json",
            () => Texts(
                "[{\"video\":\"a.mp4\",\"caption\":\"red\"}]",
                "{\"sentences\":[{\"video_id\":\"video0\",\"caption\":\"a\"},{\"file\":\"b\",\"captions\":[\"c\",\"d\"]}]}"),
            path => CaptionTable.Read(path)) { Words = [.. JsonWords, "annotations", "image_id", "captions"] },
        new("jsonl", "captions.jsonl", () => Texts("{\"video\":\"a.mp4\",\"caption\":\"red\"}\n{\"file\":\"b.mp4\",\"captions\":[\"blue\",\"green\"]}\n"),
            path => CaptionTable.Read(path)) { Words = JsonWords },
        new("digits", "train-images-idx3-ubyte",
            () => [[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8]], path => IdxFile.Read(path, 3)),
    ];

    private static IEnumerable<Format> Texts =>
    [
        new("yaml", "config.yaml", () => Texts([.. Presets.Names.Select(Presets.Text).Where(text => text.Length < 3000)]), path => ConfigFile.Load(path))
        {
            Words =
            [
                "family", "model", "trainer", "diffusion", "latents", "tokens", "clip", "data",
                "&a ", "*a", "<<", "? ", "!!int ", "- ", "{", "}", "[", "]", "~", "%YAML 1.1",
            ],
        },
        new("recipe", "recipe.txt", () => Texts(RecipeText.Write(Recipe)), path => RecipeText.Parse(File.ReadAllText(path), path))
        {
            Words =
            [
                .. JsonWords,
                .. typeof(Recipe).GetProperties().Select(property => $"\"{char.ToLowerInvariant(property.Name[0])}{property.Name[1..]}\":"),
            ],
        },
        new("order", "1.request", () => Texts("{\"Action\":1}", "{\"Action\":5,\"Prompts\":[\"red\"],\"Seed\":3}", "{\"Action\":4,\"LearningRate\":1e-4}"),
            path => RunMailbox.Read<RunRequest>(path)) { Words = JsonWords },
        new("status", "status.json",
            () => Texts("{\"state\":\"Running\",\"step\":3,\"total_steps\":9,\"loss\":0.5,\"process_id\":1,\"updated_at\":\"2026-01-01T00:00:00+00:00\"}"),
            path => RunStatus.Read(Path.GetDirectoryName(path)!)) { Words = [.. JsonWords, "started_at", "device", "problem"] },
        new("notes", "notes.json",
            () => Texts("{\"tags\":[\"a\",\"b\"],\"note\":\"text\"}"), path => RunNotes.Read(Path.GetDirectoryName(path)!).ToString()) { Words = JsonWords },
        new("metrics", MetricsFile.Name,
            () => Texts($"{JsonSerializer.Serialize(new TrainingStep(1, 0.5, 1e-4, 0.5, 20, TimeSpan.FromSeconds(2)))}\n"), path => MetricsFile.Read(path))
        {
            Words = JsonWords,
        },
    ];

    private static Recipe Recipe => new()
    {
        ModelHash = new string('A', 64), Checkpoint = "step-00000400.safetensors", Step = 400, Prompt = "a red circle", NegativePrompt = "blue", Seed = 7,
        Sampler = "ddim", Steps = 12, Eta = 0.3, GuidanceScale = 2, From = "a.gif", FromHash = "B", To = "b.gif", ToHash = "C", Mix = 0.25, Noise = 0.5,
        Condition = [1, 2], Settings = new() { ["frames"] = 4 }, TinySoraVersion = "0.1.0", LibTorchVersion = "2.10.0",
        DeviceType = "cpu", Precision = "float32",
    };

    private static void Png(string path)
    {
        ClipFile.ReadComment(path);
        ClipFile.Read(path);
    }

    /// <summary>Reads the file as the product does, with a lower limit than the product's 1 GiB, which any header may request.</summary>
    private static void Gif(string path)
    {
        GifCodec.ReadComment(path);
        GifComposer.Compose(GifParser.Parse(path, File.ReadAllBytes(path), 8 << 20), path);
    }

    /// <summary>Writes a file with the product's own writer.</summary>
    private static byte[] Written(string extension)
    {
        var path = Path.GetTempFileName() + extension;
        try
        {
            var frames = extension == ".png" ? 1 : 2;
            ClipFile.Write(path, new Clip([.. Enumerable.Range(0, frames * 4 * 6 * 3).Select(i => (byte)(i * 37))], frames, 4, 6, 3), RecipeText.Write(Recipe));
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private IEnumerable<byte[]> Pictures(string pattern) => Files(Path.Combine(golden, "Media"), pattern).Where(bytes => bytes.Length < 8 << 10);
}
