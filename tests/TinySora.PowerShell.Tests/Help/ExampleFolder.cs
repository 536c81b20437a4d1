using System.IO.Compression;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Help;

/// <summary>The files used in the help's examples, small enough to take little time; made once and copied for each example.</summary>
public sealed class ExampleFolder : IDisposable
{
    private static readonly string TinyConfig = Workspace.TinyConfig.Replace("./data", "./training_data").Replace("timesteps: 10", "timesteps: 50")
        .Replace("train_num_steps: 3", "train_num_steps: 6").Replace("save_model_every: 100", "save_model_every: 3");

    /// <summary>Placeholders in examples for a video file, or for a folder or a list of videos.</summary>
    private static readonly string[] VideoNames = ["mp4", "films", "videos", "msrvtt", "UCF-101", "digits", "flying_mnist", "video_latents", "captions.json"];

    private readonly Workspace original = new();

    public ExampleFolder()
    {
        // A file takes precedence over a preset with its name, so the presets train quickly as well.
        foreach (var name in (string[])["my.yaml", "shapes-small", "default", "configs/my.yaml"])
        {
            original.Write(name, TinyConfig);
        }

        original.Write("config/ucf.yaml", FrameTrainingTests.SmallTutorial(("'films'", "'training_data'"), ("frame_sample_prob: 0.1", "frame_sample_prob: 1")));
        original.Write("prompts.csv", "Prompt,Seed\na red circle moving right,1\na yellow star shrinking,2\n");
        original.Write("expectations.csv", "Prompt,Seed,Color,MinChange\na red circle moving right,1,red,\na yellow star shrinking,2,,0.001\n");
        original.Write("runs.csv", "Preset,ResultsPath,Set,MaxSteps\n./my.yaml,./runs/two,trainer.train_lr=1e-3,2\n./my.yaml,./runs/three,,\n");
        original.Write("prompts.txt", "a red circle moving right\na green square growing\n");
        original.Write("prompts.json", """[{"Prompt": "a red circle moving right", "Seed": 1}, {"Prompt": "a green square growing", "Steps": 2}]""");
        original.Good("New-TinySoraDataset training_data -Count 3 -ImageSize 16 -Frames 2");
        original.Good("New-TinySoraDataset my_clips -Count 3 -ImageSize 16 -Frames 2 -Seed 5");
        original.Good("New-TinySoraDataset data/shapes -Count 2 -ImageSize 16 -Frames 2");
        original.Good("Start-TinySoraTraining my.yaml -MaxSteps 3");
        original.Good("Start-TinySoraTraining my.yaml -MaxSteps 3 -ResultsPath runs/one");
        original.Good("Invoke-TinySoraGenerate 'a red circle moving right' -OutputPath results");
        original.Good("Invoke-TinySoraGenerate 'a blue square growing' -OutputPath results");
        original.Good("Export-TinySoraContactSheet results/*.gif -OutputPath photo.png");
        original.Good("Export-TinySoraCheckpoint saved_models -OutputPath model-430.pt");
        Directory.CreateDirectory(original.At("tiny-sora", "saved_models"));
        File.Copy(original.At("model-430.pt"), original.At("tiny-sora", "saved_models", "model-430.pt"));
        original.AddLibTorch("venv/torch");
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "clip")))
        {
            Place(file, "clip", Path.GetFileName(file));
        }

        Directory.CreateDirectory(original.At("pictures"));
        foreach (var noun in (string[])["cat", "fire-truck", "tree"])
        {
            File.WriteAllBytes(original.At("pictures", $"{noun}.png"), Workspace.Picture);
        }

        Directory.CreateDirectory(original.At("photos"));
        File.WriteAllBytes(original.At("photos", "beach.png"), Workspace.Picture);

        Latents();
        if (HasFFmpeg)
        {
            Films();
            Corpora();
            original.Good("Export-TinySoraLatent autoencoder films video_latents -As PerVideo");
        }
    }

    private static bool HasFFmpeg => Needs.Find("ffmpeg") is not null && Needs.Find("ffprobe") is not null;

    /// <summary>Whether an example reads or writes video files.</summary>
    public static bool HasVideos(HelpExample example) => VideoNames.Any(name => example.Code.Contains(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Creates a folder for one example, without the files that the example makes.</summary>
    public Workspace CopyFor(HelpExample example)
    {
        var copy = new Workspace();
        foreach (var file in Directory.EnumerateFiles(original.Folder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(original.Folder, file);
            if (!IsMadeBy(example.Code, name.Split(Path.DirectorySeparatorChar)[0]))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(copy.At(name))!);
                File.Copy(file, copy.At(name), overwrite: true);
            }
        }

        return copy;
    }

    public void Dispose() => original.Dispose();

    private static bool IsMadeBy(string code, string name) => name switch
    {
        "training_data" or "digits" => code.Contains("New-TinySoraDataset", StringComparison.Ordinal),
        "saved_models" => code.Contains("New-TinySoraDataset", StringComparison.Ordinal)
            || code.Contains("Import-TinySoraCheckpoint", StringComparison.Ordinal),
        "videos" or "videos.csv" => code.Contains("-Path ./videos", StringComparison.Ordinal),
        "latents" or "video_latents" => code.Contains("Export-TinySoraLatent", StringComparison.Ordinal),
        "my_clips" => code.Contains("-Path ./my_clips", StringComparison.Ordinal) && code.Contains("New-TinySoraDataset", StringComparison.Ordinal),
        "runs" => code.Contains("New-TinySoraConfig", StringComparison.Ordinal),
        "my.yaml" => code.Contains("New-TinySoraConfig", StringComparison.Ordinal),
        "results" => code.Contains("Invoke-TinySoraGenerate", StringComparison.Ordinal) && !code.Contains("./results/", StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>Creates MSR-VTT with its splits, videos of UCF101, and a ready dataset in an archive.</summary>
    private void Corpora()
    {
        var film = original.At("films", "00000.mp4");
        string[] splits = ["train", "val", "test"];
        foreach (var split in splits)
        {
            original.Write($"MSRVTT/structured-symlinks/{split}_list_full.txt", $"{split}0\n");
            Place(film, "MSRVTT", "videos", "all", split + "0.mp4");
        }

        var captions = splits.Select(s => $$"""{"image_id": "{{s}}0", "caption": "one of {{s}}"}""");
        original.Write("MSRVTT/annotation/MSR_VTT.json", $$"""{"annotations": [{{string.Join(", ", captions)}}]}""");
        ZipFile.CreateFromDirectory(original.At("MSRVTT"), original.At("MSRVTT.zip"), CompressionLevel.Fastest, includeBaseDirectory: true);

        Place(film, "UCF-101", "TaiChi", "v_TaiChi_g01_c01.mp4");
        original.Write("ucf_filter.txt", "*_TaiChi*\n");
        original.Write("trainlist01.txt", "TaiChi/v_TaiChi_g01_c01.avi 1\n");

        Place(film, "ready", "flying_mnist", "train", "00000.mp4");
        Place(film, "ready", "flying_mnist", "val", "00000.mp4");
        using (var packed = new GZipStream(File.Create(original.At("flying_mnist_11k.tar.gz")), CompressionLevel.Fastest))
        {
            System.Formats.Tar.TarFile.CreateFromDirectory(original.At("ready"), packed, includeBaseDirectory: false);
        }

        original.Write("captions.json", """[{"file": "00000.mp4", "captions": ["one", "another"]}, {"file": "00001.mp4", "captions": ["two"]}]""");
        original.Write("captions.jsonl", """{"file": "00000.mp4", "captions": ["one", "another"]}""");
    }

    /// <summary>Creates a trained autoencoder, latents, and an autoencoder in diffusers' format.</summary>
    private void Latents()
    {
        ImportedAutoencoderTests.WriteFolder(original, "sd-vae-ft-mse");
        original.Write("autoencoder.yaml", FrameTrainingTests.Tiny);
        original.Good("Start-TinySoraTraining autoencoder.yaml -DataPath training_data -ResultsPath autoencoder -MaxSteps 2");
        original.Write("fsq.yaml", """
            family: video-autoencoder
            model: { network_variant: s1x4x4_fsq, fsq_levels: [4, 4], n_hiddens: 8, n_res_layers: 1 }
            clip: { frames: 2, height: 16 }
            trainer: { train_batch_size: 2 }
            """);
        original.Good("Start-TinySoraTraining fsq.yaml -DataPath training_data -ResultsPath shapes-fsq -MaxSteps 2");
        original.Good("Export-TinySoraLatent autoencoder training_data -Frames 2");
    }

    private void Place(string file, params string[] parts)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(original.At(parts))!);
        File.Copy(file, original.At(parts));
    }

    /// <summary>Creates two videos of three seconds, with a table and in MSR-VTT's layout, both also as archives.</summary>
    private void Films()
    {
        original.Good("New-TinySoraDataset films -Count 2 -Frames 24 -Format mp4");
        Directory.CreateDirectory(original.At("msrvtt", "TrainValVideo"));
        foreach (var film in original.Names("films", "*.mp4"))
        {
            File.Copy(original.At("films", film), original.At("msrvtt", "TrainValVideo", "video" + film));
        }

        foreach (var file in original.Names("films", "*"))
        {
            Place(original.At("films", file), "videos", file);
        }

        original.Write("msrvtt/captions.csv", "video_id,caption\nvideo00000,one\nvideo00000,one more\nvideo00001,two\n");
        original.Write("films.csv", "video,caption\n00000.mp4,the first\n00001.mp4,the second\n");
        original.Write("videos.csv", "video,caption\n00000.mp4,the first\n00001.mp4,the second\n");
        Directory.Delete(original.At("films", ".tinysora"), recursive: true);
        foreach (var folder in (string[])["films", "msrvtt"])
        {
            ZipFile.CreateFromDirectory(original.At(folder), original.At(folder + ".zip"), CompressionLevel.Fastest, includeBaseDirectory: true);
        }

        File.Copy(original.At("films.csv"), original.At("films", "captions.csv"));
        original.Good("New-TinySoraDataset digits -Kind MovingMnist -Count 2 -ImageSize 32 -Format mp4");
    }
}
