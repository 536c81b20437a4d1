using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TinySora.Build;

/// <summary>
/// The whole way, twice: data, training, checkpoint, prompts, videos; once on a made world whose clips can be checked, once on
/// real films. The pipelines are what a user would type, and run in PowerShell where it is installed, in the host otherwise.
/// </summary>
internal sealed class Demo(bool quick)
{
    // Paths as a user would type them, relative to the repository.
    private const string Out = "out/demo";
    private const string Run = $"{Out}/shapes-run";
    private const string FilmRun = $"{Out}/films-run";
    private const string Config = "configs/shapes-small.yaml";

    private static readonly string? PowerShell = Shell.Find("pwsh");

    private double TrainingMinutes => quick ? 1.0 : 7.5;

    internal void Play()
    {
        if (Directory.Exists(Shell.At(Out)))
        {
            Directory.Delete(Shell.At(Out), recursive: true);
        }
        Type("Get-TinySoraDevice | Format-List");
        Shapes();
        Films();
        Console.WriteLine();
        Console.WriteLine($"Look at {Out}/: prompts.png, loss.png, films.png, and the clips in videos/ and film-videos/.");
    }

    private void Shapes()
    {
        Title("A made world: coloured shapes in motion");
        Type($"New-TinySoraDataset -Kind Shapes -Count {(quick ? 800 : 2000)} -Seed 1 -Path {Out}/shapes");
        Type($"Start-TinySoraTraining {Config} -DataPath {Out}/shapes -ResultsPath {Out}/rehearsal -MaxSteps 30 -Seed 1");
        WriteConfigOf(StepsThatFit());
        Type(
            $"Start-TinySoraTraining {Out}/shapes.yaml -DataPath {Out}/shapes -ResultsPath {Run} " +
            $"-MaxMinutes {Invariant(1.3 * TrainingMinutes)} -Seed 1");
        Type($"Export-TinySoraLossCurve {Run} -OutputPath {Out}/loss.png");
        Type($"Import-Csv examples/prompts.csv | Invoke-TinySoraGenerate -Checkpoint {Run} -OutputPath {Out}/videos | " +
            $"Export-TinySoraContactSheet -OutputPath {Out}/prompts.png -Columns 2");
        Console.WriteLine("Combinations of colour, shape and motion that training never saw, read from the pixels of the clips:");
        Type($"Measure-TinySoraAdherence {Run} -Count {(quick ? 1 : 4)} -Summary");
    }

    private void Films()
    {
        Title("Real films: eight physics experiments from Debian's python3-mecavideo");
        if (FetchFilms() is not string films)
        {
            Console.WriteLine("Left out: the films come from Debian's package archive, and there is no apt-get and dpkg here.");
            return;
        }
        var train = $"Start-TinySoraTraining {Config} -DataPath {Out}/film-clips -ResultsPath {FilmRun} -Seed 1 -BatchSize 8";
        Type($"New-TinySoraDataset -Source '{films}/*' -CaptionPath examples/films.csv -FramesPerSecond 10 -Stride 0.1 " +
            $"-MaxClipsPerVideo 24 -Path {Out}/film-clips");
        Type($"{train} -MaxSteps {(quick ? 20 : 200)}");
        Console.WriteLine("The same line with more steps goes on where it stopped:");
        Type($"{train} -MaxSteps {(quick ? 40 : 600)}");
        Type($"Import-Csv examples/film-prompts.csv | Invoke-TinySoraGenerate -Checkpoint {FilmRun} -OutputPath {Out}/film-videos | " +
            $"Export-TinySoraContactSheet -OutputPath {Out}/films.png");
    }

    /// <summary>Unpacks the package without installing it; null where there are no Debian packages.</summary>
    private static string? FetchFilms()
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

    /// <summary>The preset with the run's true length, over which the learning rate falls.</summary>
    private void WriteConfigOf(int steps)
    {
        Console.WriteLine($"This machine makes about {steps} steps in {Invariant(TrainingMinutes)} minutes: train_num_steps in {Out}/shapes.yaml.");
        var preset = File.ReadAllText(Shell.At(Config));
        File.WriteAllText(Shell.At(Out, "shapes.yaml"), Regex.Replace(preset, @"train_num_steps: \d+", $"train_num_steps: {steps}"));
    }

    /// <summary>Steps of the real run, from the pace of the rehearsal's second half: the first steps are slower.</summary>
    private int StepsThatFit()
    {
        var steps = File.ReadLines(Shell.At(Out, "rehearsal", "metrics.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(step => (Number: step.GetProperty("step").GetInt32(), Seconds: step.GetProperty("elapsed").GetDouble()))
            .ToList();
        var (middle, last) = (steps[steps.Count / 2], steps[^1]);
        var stepsPerSecond = (last.Number - middle.Number) / (last.Seconds - middle.Seconds);
        return Math.Max(60, (int)(TrainingMinutes * 60 * stepsPerSecond) / 10 * 10);
    }

    private static void Title(string text)
    {
        Console.WriteLine();
        Console.WriteLine($"== {text}");
    }

    /// <summary>Shows a pipeline and runs it.</summary>
    private static void Type(string pipeline)
    {
        Console.WriteLine();
        Console.WriteLine($"PS> {pipeline}");
        string[] command = PowerShell is not null
            ? [PowerShell, "-NoProfile", "-Command", $"$ErrorActionPreference = 'Stop'; Import-Module ./out/TinySora; {pipeline}"]
            : ["dotnet", "out/host/tinysora.dll", pipeline];
        var code = Shell.Try(command[0], quiet: true, command[1..]);
        if (code != 0)
        {
            throw new BuildFailed($"The demo stopped: that line ended with code {code}.", code);
        }
    }

    private static string Invariant(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
