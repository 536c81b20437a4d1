namespace TinySora.Engine.Errors;

/// <summary>Errors in the latents and tokens of clips, and in the files that hold them.</summary>
public static class LatentErrors
{
    internal const string TooShortId = "TinySora.Latent.TooShort";

    public static TinySoraException NoCodec(string path, string family) => new(
        "TinySora.Latent.NoCodec", ErrorKind.InvalidArgument, path,
        $"'{path}' belongs to the family {family}, which does not encode clips to latents.",
        "Specify the checkpoint of an autoencoder.");

    public static TinySoraException TooShort(string path, int frames, int wanted) => new(
        TooShortId, ErrorKind.InvalidData, path,
        $"'{path}' has {frames} frames, but at least {wanted} are needed.",
        "Use a longer clip, or encode fewer frames.");

    public static TinySoraException NoQuantizer(string path) => new(
        "TinySora.Latent.NoQuantizer", ErrorKind.InvalidArgument, path,
        $"'{path}' does not quantize: its latents are continuous, so there are no tokens.",
        "Use the bundled clips-fsq, or train an autoencoder that quantizes, such as shapes-fsq: a variant whose name ends in _vq or "
            + "_fsq, such as s4t4_b_vq instead of s8_b or s4t4_b. You can also use latents instead of tokens.");

    public static TinySoraException NoPosterior(string path) => new(
        "TinySora.Latent.NoPosterior", ErrorKind.InvalidArgument, path,
        $"'{path}' is not variational: it has no mean and variance of latents to keep or sample from.",
        "Train a variational autoencoder, such as vae_s4t4_b, or use the latents as they are: Export-TinySoraLatent without -Sample.");

    public static TinySoraException FramesNeeded(string path) => new(
        "TinySora.Latent.FramesNeeded", ErrorKind.InvalidArgument, path,
        $"'{path}' encodes single frames, so clips may have any number of frames, but all clips in one .npy file must have the same number.",
        "Set the number of frames with -Frames, or write one file per video with -As PerVideo.");

    public static TinySoraException OtherCodec(string path, string found, string expected) => new(
        "TinySora.Latent.OtherCodec", ErrorKind.InvalidData, path,
        $"'{path}' was made with the autoencoder {found}, but the opened autoencoder is {expected}.",
        $"Specify the checkpoint that it was made with. If that is this one under another name, rename its folder to '{found}', or put {expected} "
            + $"in place of {found} in the file name; ConvertFrom-TinySoraLatent -ModelId {found} reads the file as it is. A file "
            + "that was cached for training on a video may also be deleted: the video is then encoded again.");

    public static TinySoraException Nameless(string path) => new(
        "TinySora.Latent.Nameless", ErrorKind.InvalidData, path,
        $"The name of '{path}' does not identify its autoencoder; expected a name such as DATASET__ID_latents_16frames_train.npy, or with _tokens_.",
        "Rename the file accordingly.");

    public static TinySoraException Unusable(string path, string reason, string expected) => new(
        "TinySora.Latent.Unusable", ErrorKind.InvalidData, path,
        $"'{path}' {reason}; expected {expected}.",
        "Create the file again with Export-TinySoraLatent, or specify the autoencoder that it was made with.");

    public static TinySoraException NoIndices(string path) => new(
        "TinySora.Latent.NoIndices", ErrorKind.InvalidData, path,
        $"'{path}' refers to videos, but has no codebook indices for them (video_latent_states).",
        "Set clip.video_dir to the folder of the videos to have them encoded, or create the parts again with Export-TinySoraDataset -Checkpoint.");

    /// <param name="clip">First affected clip.</param>
    public static TinySoraException NotFinite(string path, string clip) => new(
        "TinySora.Latent.NotFinite", ErrorKind.InvalidData, path,
        $"'{path}' holds infinite values or NaN, first in '{clip}'.",
        "Create the file again with Export-TinySoraLatent, or find the cause: a model trained on such values learns nothing.");

    /// <param name="found">Frames, rows and columns of the latents in the file.</param>
    /// <param name="expected">Frames, rows and columns that the configuration requires for latents.</param>
    /// <param name="clip">Frames, height and width in pixels of the encoded clips.</param>
    public static TinySoraException OtherSize(
        string path, (long Frames, long Height, long Width) found, (long Frames, long Height, long Width) expected,
        (long Frames, long Height, long Width) clip) => new(
        "TinySora.Latent.OtherSize", ErrorKind.InvalidData, path,
        $"'{path}' holds clips of {found.Frames} x {found.Height} x {found.Width} (frames, rows, columns of latents or tokens), but the "
            + $"configuration requires {expected.Frames} x {expected.Height} x {expected.Width}.",
        $"Set clip.frames: {clip.Frames} (or clip.source_frames, to train on shorter clips), clip.height: {clip.Height} and clip.width: {clip.Width}, "
            + "or encode the clips again in the configured size.");

    /// <param name="found">Frames, rows and columns of a clip's latents.</param>
    /// <param name="clip">Frames, rows and columns of a clip's pixels.</param>
    public static TinySoraException NoStride(
        string path, (long Frames, long Height, long Width) found, (int Frames, int Height, int Width) clip) => new(
        "TinySora.Latent.NoStride", ErrorKind.InvalidData, path,
        $"The autoencoder of '{path}' is missing, and clips of {clip.Frames} x {clip.Height} x {clip.Width} (frames, rows, columns) do not match "
            + $"its {found.Frames} x {found.Height} x {found.Width} latents or tokens, since they are not multiples.",
        "Set clip.frames (or clip.source_frames, to train on shorter clips), clip.height and clip.width to the size that the clips were encoded in, or "
            + "restore the autoencoder.");

    /// <param name="codes">Size of the codebook; <c>null</c> if unknown.</param>
    public static TinySoraException TokenTooLarge(string path, long count, long smallest, long largest, int? codes) => new(
        "TinySora.Latent.TokenTooLarge", ErrorKind.InvalidData, path,
        $"'{path}' has {count} tokens outside the codebook (smallest {smallest}, largest {largest}); "
            + (codes is null ? "codes start at 0." : $"the codebook has {codes} codes, counted from 0."),
        "Specify the autoencoder that the tokens were made with. A model trained on such tokens may also sample tokens outside the codebook.");

    public static TinySoraException Empty(string path) => new(
        "TinySora.Latent.Empty", ErrorKind.InvalidData, path,
        $"'{path}' is readable, but contains no clips.",
        "Find out why no clips were written to it, then create it again with Export-TinySoraLatent or with Export-TinySoraDataset -Checkpoint.");

    public static TinySoraException NoLatents(string path) => new(
        "TinySora.Latent.NoLatents", ErrorKind.ObjectNotFound, path,
        $"'{path}' holds no latents; expected a .npy file, a folder with one .safetensors or .pkl file per video, or an Arrow dataset.",
        "Create latents with Export-TinySoraLatent, or with Export-TinySoraDataset -Checkpoint.");
}
