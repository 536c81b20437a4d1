using System.Text;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Generation;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Models;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Tests.Compatibility;

/// <summary>
/// Reads the files of all releases in tests/compat. With TINYSORA_WRITE_COMPAT=VERSION in the environment, the files of a new release are written first.
/// </summary>
public sealed class CompatibilityTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    static CompatibilityTests()
    {
        if (Environment.GetEnvironmentVariable("TINYSORA_WRITE_COMPAT") is { Length: > 0 } version)
        {
            var path = Repository.At("tests", "compat", version);
            if (!File.Exists(Path.Combine(path, "facts.txt"))) // the files of a release never change
            {
                ReleaseWriter.Write(new ReleaseFiles(path));
            }
        }
    }

    public static TheoryData<string> Releases =>
        [.. Directory.GetDirectories(Repository.At("tests", "compat")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Releases))]
    public void Models_generate_and_reconstruct_the_same_clips(string release) => CheckModels(FilesOf(release));

    [Theory]
    [MemberData(nameof(Releases))]
    public void Adapter_changes_its_model_as_before(string release) => CheckAdapter(FilesOf(release));

    [Theory]
    [MemberData(nameof(Releases))]
    public void Recipes_repeat_their_videos(string release) => CheckRecipes(FilesOf(release));

    [Theory]
    [MemberData(nameof(Releases))]
    public void Configurations_keep_their_keys_and_defaults(string release) => CheckConfigs(FilesOf(release));

    [Theory]
    [MemberData(nameof(Releases))]
    public void Datasets_keep_their_clips_captions_and_latents(string release)
    {
        var files = FilesOf(release);
        Assert.Equal(File.ReadAllLines(files.At("facts.txt")), files.Facts());
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Dataset_is_complete_for_the_command_that_drew_it(string release)
    {
        ReleaseFiles.CopyFolder(FilesOf(release).At("datasets", "drawn"), folder.File("clips"));
        var before = Contents();

        Assert.Equal(ReleaseFiles.Drawn.Count, DatasetWriter.Draw(folder.File("clips"), DatasetKinds.Shapes, ReleaseFiles.Drawn).Count());

        Assert.Equal(before, Contents());

        IEnumerable<(string, DateTime)> Contents() =>
            [.. Directory.GetFiles(folder.File("clips")).Order(StringComparer.Ordinal).Select(path => (path, File.GetLastWriteTimeUtc(path)))];
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Run_resumes(string release)
    {
        var files = FilesOf(release);
        ReleaseFiles.CopyFolder(files.At("run"), folder.File("run"));
        ReleaseFiles.CopyFolder(files.At("datasets", "drawn"), folder.File("clips"));

        var observer = ReleaseFiles.Train(
            ConfigFile.Load(files.At("configs", $"{ReleaseFiles.RunName}.yaml")), folder.File("clips"), folder.File("run"), steps: 3);

        Assert.Equal([3], observer.Logged.Select(step => step.Step));
        Assert.DoesNotContain(observer.Warnings, warning => warning.Contains("dataset has changed", StringComparison.Ordinal));
    }

    [Fact]
    public void Next_release_can_write_its_files()
    {
        var files = new ReleaseFiles(folder.File("next"));

        ReleaseWriter.Write(files);

        Assert.Equal(File.ReadAllLines(files.At("facts.txt")), files.Facts());
        CheckModels(files);
        CheckAdapter(files);
        CheckRecipes(files);
        CheckConfigs(files);
        Assert.All(
            Directory.GetFiles(folder.File("next"), "*", SearchOption.AllDirectories),
            path => Assert.DoesNotContain(Path.GetTempPath(), File.ReadAllText(path, Encoding.Latin1), StringComparison.Ordinal));
    }

    [Fact]
    public void Files_of_all_releases_are_small()
    {
        var all = Directory.GetFiles(Repository.At("tests", "compat"), "*", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length);
        Assert.InRange(all, 1, 800_000 * Math.Max(1, Releases.Count));
    }

    private static ReleaseFiles FilesOf(string release) => new(Repository.At("tests", "compat", release));

    private static void CheckModels(ReleaseFiles files)
    {
        Assert.True(files.Models.Count >= 9);
        foreach (var name in files.Models)
        {
            var expected = ClipFile.Read(files.At("videos", $"{name}.png"));
            if (CodecModel.IsIn(CheckpointStore.Latest(files.ModelPath(name))))
            {
                using var copy = new TemporaryFolder();
                ClipFile.Write(copy.File("clip.png"), files.Reconstruct(name));
                AssertClose(name, expected, ClipFile.Read(copy.File("clip.png")));
            }
            else
            {
                using var model = LoadedModel.Open(files.ModelPath(name), "cpu");
                Assert.Equal(RecipeText.Read(files.At("videos", $"{name}.png")).ModelHash, model.Hash);
            }
        }
    }

    private static void CheckAdapter(ReleaseFiles files)
    {
        using var folder = new TemporaryFolder();
        using var generator = VideoGenerator.Open(files.ModelPath(ReleaseFiles.RunName), "cpu", adapters: [new AppliedAdapter(files.AdapterPath, 1)]);
        Assert.Single(RequestBatcher.Generate(generator, ReleaseFiles.Request(folder.File("clip.png"))));
        var expected = ClipFile.Read(Path.ChangeExtension(files.AdapterPath, ".png"));
        AssertClose("adapter", expected, ClipFile.Read(folder.File("clip.png")));
        var without = ClipFile.Read(files.At("videos", $"{ReleaseFiles.RunName}.png"));
        Assert.NotEqual(without.Pixels, expected.Pixels);
    }

    private static void CheckRecipes(ReleaseFiles files)
    {
        using var folder = new TemporaryFolder();
        Assert.True(files.Videos.Count >= 7);
        foreach (var path in files.Videos)
        {
            var repeated = files.Repeat(RecipeText.Read(path), folder.Path);
            AssertClose(path, ClipFile.Read(Path.ChangeExtension(path, ".png")), repeated);
        }
    }

    /// <summary>A configuration with few keys has the same values for all others as in its release, and a configuration with all keys is still valid.</summary>
    private static void CheckConfigs(ReleaseFiles files)
    {
        Assert.True(files.Configs.Count >= 9);
        foreach (var name in files.Configs)
        {
            var few = ConfigFile.Load(files.At("configs", $"{name}.yaml"));
            var all = ConfigFile.Load(files.At("configs", $"{name}.all-keys.yaml"));
            Assert.Equal(ConfigFile.ToYaml(all), ConfigFile.ToYaml(few));
        }
    }

    /// <summary>Processors round differently, so values may differ by one level; where a rounded value is a token, a part of the clip may differ.</summary>
    private static void AssertClose(string what, Clip expected, Clip actual)
    {
        Assert.Equal((expected.Frames, expected.Height, expected.Width), (actual.Frames, actual.Height, actual.Width));
        var differences = expected.Pixels.Zip(actual.Pixels, (one, other) => Math.Abs(one - other)).ToList();
        Assert.True(differences.Count(difference => difference > 1) <= differences.Count / 50, $"{what}: {differences.Count(d => d > 1)} of {differences.Count}");
    }
}
