using System.Globalization;

namespace TinySora.Build;

/// <summary>
/// Demonstrates the bundled model, then the whole workflow (data, training, checkpoint, prompts, videos) twice: once with a synthetic world whose clips can be
/// checked, by fine-tuning or from scratch, and once with real videos. Each training has a time budget. The pipelines are those that a user would type.
/// </summary>
internal sealed class Demo(bool quick)
{
    // Use relative paths, as a user would type them in the repository.
    private const string Out = "out/demo";
    private const string Run = $"{Out}/shapes-run";
    private const string FilmRun = $"{Out}/films-run";
    private const string Preset = "shapes-lean";

    private double ShapesMinutes => quick ? 1.5 : 7.5;

    private double FilmMinutes => quick ? 0.2 : 1.5;

    internal void Play()
    {
        Shell.Delete(Shell.At(Out));
        Type("Get-TinySoraDevice | Format-List");
        Shipped();
        if (quick)
        {
            NewWord();
        }
        else
        {
            Shapes();
        }

        Films();
        Latents();
        Console.WriteLine();
        Console.WriteLine(quick
            ? $"See {Out}/: shipped.png, prompts.png, loss.png and films.png. Without --quick the demo also trains a model from scratch."
            : $"See {Out}/: shipped.png, prompts.png, loss.png, films.png, and the clips in videos/, film-videos/ and reconstructions/.");
    }

    private static void Shipped()
    {
        Title("The bundled model for emoji, without training");
        Type($"Import-Csv examples/emoji.csv | Invoke-TinySoraGenerate -OutputPath {Out}/shipped-videos | " +
            $"Export-TinySoraContactSheet -OutputPath {Out}/shipped.png -Columns 2");
    }

    private void NewWord()
    {
        Title("A word that the bundled model for shapes does not know: pink");
        Type($"New-TinySoraDataset -Kind Shapes -Color red, green, blue, yellow, purple, orange, white, cyan, pink -Count 2000 -Seed 1 -Path {Out}/shapes");
        Type($"Start-TinySoraTraining -DataPath {Out}/shapes -ResultsPath {Run} -Budget {Invariant(ShapesMinutes)}min -Seed 1");
        Type($"Export-TinySoraLossCurve {Run} -OutputPath {Out}/loss.png");
        Type("Invoke-TinySoraGenerate 'a pink circle moving right', 'a pink square growing', 'a pink triangle moving up', 'a yellow star shrinking' "
            + $"-Checkpoint {Run} -OutputPath {Out}/videos | Export-TinySoraContactSheet -OutputPath {Out}/prompts.png -Columns 2");
        Console.WriteLine("Adherence to prompts with pink that training did not include, measured from the pixels of the clips:");
        Type($"Measure-TinySoraAdherence {Run} -Word pink -Count 4 -Summary");
    }

    private void Shapes()
    {
        Title("Your own model of a synthetic world: colored shapes in motion");
        Type($"New-TinySoraDataset -Kind Shapes -Count 10000 -Seed 1 -Path {Out}/shapes");
        Type($"Start-TinySoraTraining {Preset} -DataPath {Out}/shapes -ResultsPath {Run} -Budget {Invariant(ShapesMinutes)}min -Seed 1");
        Type($"Export-TinySoraLossCurve {Run} -OutputPath {Out}/loss.png");
        Type($"Import-Csv examples/prompts.csv | Invoke-TinySoraGenerate -Checkpoint {Run} -OutputPath {Out}/videos"
            + $" | Export-TinySoraContactSheet -OutputPath {Out}/prompts.png -Columns 2");
        Console.WriteLine("Adherence to combinations that training did not include, measured from the pixels of the clips:");
        Type($"Measure-TinySoraAdherence {Run} -Count 4 -Summary");
    }

    private void Films()
    {
        Title("Real videos: eight physics experiments from Debian's python3-mecavideo");
        if (FetchVideos() is not string films)
        {
            Console.WriteLine("Skipped: the videos come from Debian's package archive, which requires apt-get and dpkg.");
            return;
        }
        Type($"New-TinySoraDataset -Source '{films}/*' -CaptionPath examples/films.csv -FramesPerSecond 10 -Stride 0.1 " +
            $"-MaxClipsPerVideo 24 -Path {Out}/film-clips");
        if (quick)
        {
            Type($"Show-TinySoraDataset {Out}/film-clips -OutputPath {Out}/films.png");
        }
        var train = $"Start-TinySoraTraining {Preset} -Set @{{ 'trainer.balance_captions' = $true }} -DataPath {Out}/film-clips -ResultsPath {FilmRun} -Seed 1";
        Type($"{train} -Budget {Invariant(FilmMinutes / 3)}min");
        Console.WriteLine("The same command with more time resumes where it stopped:");
        Type($"{train} -Budget {Invariant(FilmMinutes)}min");
        Type($"Import-Csv examples/film-prompts.csv | Invoke-TinySoraGenerate -Checkpoint {FilmRun} -OutputPath {Out}/film-videos"
            + Unless(quick, $" | Export-TinySoraContactSheet -OutputPath {Out}/films.png"));
    }

    /// <summary>Trains an autoencoder on clips and measures it on other clips.</summary>
    private void Latents()
    {
        Title("An autoencoder with a sixteenth of the positions, and its reconstructions");
        Type($"New-TinySoraDataset -Kind Shapes -Count {(quick ? 400 : 2000)} -Seed 1 -Path {Out}/codec-clips/train");
        Type($"New-TinySoraDataset -Kind Shapes -Count 50 -Seed 1000000 -Path {Out}/codec-clips/val");
        Type($"Start-TinySoraTraining shapes-vae -DataPath {Out}/codec-clips -ResultsPath {Out}/codec-run -MaxMinutes {(quick ? "0.3" : "2")} -Seed 1 | " +
            $"Measure-TinySoraReconstruction -DataPath {Out}/codec-clips/val -OutputPath {Out}/reconstructions -Summary");
    }

    /// <summary>Unpacks the package with the videos without installing it; returns <c>null</c> on systems without Debian packages.</summary>
    internal static string? FetchVideos()
    {
        const string folder = "artifacts/films";
        var videos = $"{folder}/usr/share/pymecavideo/data/video";
        if (!Directory.Exists(Shell.At(videos)))
        {
            if (Shell.Find("apt-get") is null || Shell.Find("dpkg") is null)
            {
                return null;
            }
            Directory.CreateDirectory(Shell.At(folder));
            Shell.Run("sh", "-c", $"cd {folder} && apt-get download -q -o APT::Sandbox::User=root python3-mecavideo && dpkg -x python3-mecavideo_*.deb .");
        }
        return videos;
    }

    private static void Title(string text)
    {
        Console.WriteLine();
        Console.WriteLine($"== {text}");
    }

    /// <summary>Prints a pipeline and runs it.</summary>
    internal static void Type(string pipeline)
    {
        Console.WriteLine();
        Console.WriteLine($"PS> {pipeline}");
        var command = PowerShell.WithModule(pipeline);
        var code = Shell.Try(command[0], quiet: true, command[1..]);
        if (code != 0)
        {
            throw new BuildFailed($"The command failed with exit code {code}.", code);
        }
    }

    /// <summary>
    /// Returns a part of a pipeline, or an empty text if <paramref name="isLeftOut"/>, which omits images of models that were trained only for seconds.
    /// </summary>
    private static string Unless(bool isLeftOut, string text) => isLeftOut ? "" : text;

    private static string Invariant(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
