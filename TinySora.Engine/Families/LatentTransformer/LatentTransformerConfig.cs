using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Text;

namespace TinySora.Engine.Families.LatentTransformer;

public sealed record LatentTransformerConfig : FamilyConfig
{
    public const string FamilyName = "latent-transformer";

    [NotAKey]
    public override string Name => FamilyName;

    [NotAKey]
    public override IReadOnlyList<string> OptionalTrainerKeys =>
    [
        nameof(TrainerConfig.CondDropProb), nameof(TrainerConfig.HorizontalFlip), nameof(TrainerConfig.KeepIf),
        nameof(TrainerConfig.BalanceCaptions), nameof(TrainerConfig.BalanceWords),
        nameof(TrainerConfig.BalanceOthers), nameof(TrainerConfig.Captions), nameof(TrainerConfig.WordDropProb),
    ];

    [NotAKey]
    public override ClipKeys ClipKeys => new("clip.height", "clip.width", "clip.frames");

    public TransformerConfig Model { get; init; } = new();
    public UNetConfig Unet { get; init; } = new();
    public LatentClipConfig Clip { get; init; } = new();
    public LatentSpaceConfig Latents { get; init; } = new();
    public LatentTextConfig Text { get; init; } = new();
    public LatentDiffusionConfig Diffusion { get; init; } = new();
    public LatentFilesConfig Files { get; init; } = new();

    [NotAKey]
    public override IReadOnlyList<string> RunFiles => Files.Weights is string name ? [name] : [];

    /// <summary>Autoencoder for the latents; <c>null</c> for models that denoise pixels.</summary>
    internal CodecDependency? Codec => Latents.IsPixels ? null : new(Latents.Codec, "latents.codec");

    /// <summary>Text encoder; <c>null</c> if the model does not use text, or if the data contains text embeddings.</summary>
    internal TextEncoderChoice? TextEncoder => Model.Conditioning == Conditioning.Text && Text.Encoder != TextEncoderKind.None ? Text.Choice : null;

    /// <summary>Maximum number of text tokens; <c>null</c> if there is no limit.</summary>
    internal int? MaxTextTokens => Model.Architecture is LatentNetworkKind.DiT or LatentNetworkKind.UNet ? null : Text.MaxTokens;

    /// <summary>Number that the latents' rows and columns must be multiples of: the size of a patch, or the total stride of the U-Net.</summary>
    internal int SizeMultiple => Model.Architecture == LatentNetworkKind.UNet ? Unet.SizeMultiple : Model.Size.PatchSize;

    /// <summary>Returns the number of text tokens in an exported graph, which requires that shorter texts are padded.</summary>
    internal int GraphTokens(LearnedTextEncoder? learned) =>
        learned is null ? MaxTextTokens ?? Text.MaxTokens : Math.Min(MaxTextTokens ?? WordTokenizer.MaxLength, WordTokenizer.MaxLength);

    /// <param name="channels">Number of channels per frame.</param>
    internal ClipShape Shape(int channels) => Clip.Shape(channels);

    /// <param name="trained">Shape of the training clips, which is used for sizes that are not requested.</param>
    /// <param name="stride">Stride of the autoencoder; 1 if there is none.</param>
    /// <exception cref="TinySoraException">NotWholePatches.</exception>
    internal ClipShape ShapeFor(GenerationSettings requested, ClipShape trained, LatentStride stride)
    {
        var shape = trained with
        {
            Frames = requested.Value<int>(Setting.Frames) ?? trained.Frames, Height = requested.Value<int>(Setting.Height) ?? trained.Height,
            Width = requested.Value<int>(Setting.Width) ?? trained.Width,
        };
        Check("frames", shape.Frames, stride.Frames * Model.PatchFrames);
        Check("rows", shape.Height, stride.Height * SizeMultiple);
        Check("columns", shape.Width, stride.Width * SizeMultiple);
        return shape;

        static void Check(string what, int size, int unit)
        {
            if (size < 1 || size % unit != 0)
            {
                throw ModelErrors.NotWholePatches(what, size, unit);
            }
        }
    }

    public override FamilyConfig MapPaths(Func<string, string> map) => this with
    {
        Clip = Clip with
        {
            FilterPath = Clip.FilterPath is string filter ? map(filter) : null, VideoDir = Clip.VideoDir is string videos ? map(videos) : null,
        },
        Latents = Latents.IsPixels ? Latents : Latents with
        {
            Codec = map(Latents.Codec), Folder = Latents.Folder is string saved ? map(saved) : null,
        },
        Text = TextEncoder is { IsFrozen: true } ? Text with { Path = map(Text.Path) } : Text,
        Diffusion = Diffusion.Teacher is string teacher ? Diffusion with { Teacher = map(teacher) } : Diffusion,
    };

    public override IEnumerable<string> ConflictsWithWeightsOf(FamilyConfig other)
    {
        var earlier = (LatentTransformerConfig)other;
        var takeText = Model.Conditioning == Conditioning.Text && earlier.Model.Conditioning == Conditioning.Text;
        return
        [
            .. Latents.IsPixels == earlier.Latents.IsPixels ? [] : new[] { "latents.codec" },
            .. takeText ? TextEncoderChoice.Conflicts(Text.Choice, earlier.Text.Choice) : [],
            .. Unet.ConflictsWithWeightsOf(earlier.Unet),
        ];
    }

    public override void Check(RunConfig config, ConfigRules rules)
    {
        Model.Check(rules);
        Unet.Check(rules, Model.Architecture == LatentNetworkKind.UNet, Model.Conditioning == Conditioning.Text);
        Diffusion.Check(rules, Model.LearnSigma);
        Clip.Check(rules);
        rules.Require(Clip.Images == 0 || (Clip.Images > 0 && Model.Architecture is LatentNetworkKind.Latte or LatentNetworkKind.LatteTutorial), "clip.images",
            "0 or more, and 0 unless model.architecture is latte or latte-tutorial", "model.architecture");
        rules.Require(Latents.Scale is null || (double.IsFinite(Latents.Scale.Value) && Latents.Scale != 0), "latents.scale", "a number other than 0, or null");
        rules.Require(Latents.Shift == 0 || Latents.Scale is not null, "latents.shift", "0 unless latents.scale is set", "latents.scale");
        rules.Require(Latents.Folder is null || (Latents.Folder.Length > 0 && !Latents.IsPixels), "latents.folder",
            "null, or the path of a folder if latents.codec is set", "latents.codec");
        rules.Require(!Latents.Save || Latents.Folder is not null, "latents.save", "false unless latents.folder is set", "latents.folder");
        rules.Require(Text.Width >= 1, "text.width", "1 or more");
        rules.Require(Text.MaxTokens >= 1, "text.max_tokens", "1 or more");
        rules.Require(Text.Path.Length > 0, "text.path", "the path of a folder");
        rules.Require(config.Trainer.WordDropProb == 0 || Model.Conditioning == Conditioning.Text, "trainer.word_drop_prob",
            "0 unless model.conditioning is text", "model.conditioning");
        rules.CheckWordDrop(config.Trainer, Model.Conditioning != Conditioning.Text || Text.Encoder == TextEncoderKind.Learned, "text.encoder");
        rules.Require(Latents.IsPixels || !config.Trainer.HorizontalFlip, "trainer.horizontal_flip",
            "false if latents.codec is set, because clips are encoded once and latents cannot be mirrored", "latents.codec");
        rules.Require(Latents.IsPixels || Clip.PixelRange == PixelRange.Unit, "clip.pixel_range", "unit if latents.codec is set", "latents.codec");
        rules.Require(Diffusion.Teacher is null || Clip.Images == 0, "diffusion.teacher", "null if clip.images is not 0", "clip.images");
        rules.Require(Diffusion.MotionWeight == 0 || Clip.Images == 0, "diffusion.motion_weight", "0 if clip.images is not 0", "clip.images");
        rules.Require(Files.IsNear, "files.weights", "the name of a file in trainer.results_folder or its parent folder (../NAME), or null");
        if (Latents.IsPixels)
        {
            CheckPixels(config, rules);
        }
    }

    /// <summary>Checks the keys of a model that denoises pixels. The sizes of a latent model's clips are checked when the autoencoder is opened.</summary>
    private void CheckPixels(RunConfig config, ConfigRules rules)
    {
        void OnlyWithCodec(bool isDefault, string key, string value) =>
            rules.Require(isDefault, key, $"{value} unless latents.codec is set", "latents.codec");

        OnlyWithCodec(Clip.SourceFrames is null || Clip.SourceFrames == Clip.Frames, "clip.source_frames", "null");
        OnlyWithCodec(Clip.SourceFrames is not null || Clip.FrameInterval == 1, "clip.frame_interval", "1");
        OnlyWithCodec(Clip.ClipsPerVideo == 1, "clip.clips_per_video", "1");
        OnlyWithCodec(Clip.FilterPath is null, "clip.filter_path", "null");
        OnlyWithCodec(Clip.VideoExt is null, "clip.video_ext", "null");
        OnlyWithCodec(Clip.CentreSquareCrop is null, "clip.centre_square_crop", "null");
        OnlyWithCodec(Clip.VideoDir is null, "clip.video_dir", "null");
        OnlyWithCodec(Clip.Images == 0, "clip.images", "0");
        OnlyWithCodec(Latents.Scale is null, "latents.scale", "null");
        string[] keys = Model.Architecture == LatentNetworkKind.UNet ? ["unet.stem", "unet.dim_mults"] : ["model.patch_size", "model.name"];
        var unit = SizeMultiple;
        var multiple = FormattableString.Invariant($"a multiple of {unit} ({string.Join(", ", keys)})");
        rules.Require(unit < 1 || Clip.Height % unit == 0, "clip.height", multiple, keys);
        rules.Require(unit < 1 || Clip.Width is null || Clip.Width % unit == 0, "clip.width", $"{multiple}, or null", keys);
        rules.Require(Model.PatchFrames < 1 || Clip.Frames % Model.PatchFrames == 0, "clip.frames",
            $"a multiple of {Model.PatchFrames} (model.patch_frames)", "model.patch_frames");
    }
}
