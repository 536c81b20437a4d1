namespace TinySora.Engine.Errors;

/// <summary>Errors in encoding clips into latents or tokens, and in the files that contain latents or tokens.</summary>
public static class LatentErrors
{
    internal const string TooShortId = "TinySora.Latent.TooShort";
    internal const string TooSmallId = "TinySora.Latent.TooSmall";

    public static TinySoraException NoCodec(string path, string family) => new(
        "TinySora.Latent.NoCodec", ErrorKind.InvalidArgument, path,
        $"The model in '{path}' belongs to the family {family}, which does not encode clips into latents.",
        "Specify the checkpoint of an autoencoder.");

    public static TinySoraException TooShort(string path, int frames, int wanted) => new(
        TooShortId, ErrorKind.InvalidData, path,
        $"'{path}' is too short (frames: {frames}; required: at least {wanted}).",
        "Use a longer clip, or encode fewer frames.");

    public static TinySoraException TooSmall(string path, int height, int width, int minHeight, int minWidth) => new(
        TooSmallId, ErrorKind.InvalidData, path,
        $"'{path}' is too small for the autoencoder (height and width: {height} x {width}; required: at least {minHeight} x {minWidth}).",
        "Use a larger video, or an autoencoder with smaller strides.");

    public static TinySoraException NoQuantizer(string path) => new(
        "TinySora.Latent.NoQuantizer", ErrorKind.InvalidArgument, path,
        $"The autoencoder in '{path}' has no quantizer: its latents are continuous, so there are no tokens.",
        "Use the bundled autoencoder clips-fsq, or train an autoencoder with a quantizer, such as the preset shapes-fsq or a variant whose name "
            + "ends in _vq or _fsq (s4t4_b_vq instead of s8_b or s4t4_b). You can also use latents instead of tokens.");

    public static TinySoraException NoPosterior(string path) => new(
        "TinySora.Latent.NoPosterior", ErrorKind.InvalidArgument, path,
        $"The autoencoder in '{path}' is not variational, so it does not encode clips as means and variances that could be stored or sampled from.",
        "Train a variational autoencoder, such as vae_s4t4_b, or export the latents as they are with Export-TinySoraLatent without -Sample.");

    public static TinySoraException FramesNeeded(string path) => new(
        "TinySora.Latent.FramesNeeded", ErrorKind.InvalidArgument, path,
        $"The autoencoder in '{path}' encodes single frames, so clips may have any number of frames, but all clips in one .npy file must have the "
            + "same number of frames.",
        "Set the number of frames with -Frames, or write one file per video with -As PerVideo.");

    public static TinySoraException OtherCodec(string path, string found, string expected) => new(
        "TinySora.Latent.OtherCodec", ErrorKind.InvalidData, path,
        $"'{path}' was encoded with the autoencoder {found}, but the specified autoencoder is {expected}.",
        $"Specify the checkpoint of the autoencoder {found}. If it is the same autoencoder under another name, rename the checkpoint's folder to "
            + $"'{found}', or replace {found} with {expected} in the file name; ConvertFrom-TinySoraLatent -ModelId {found} reads the file without "
            + "renaming. If training on a video created the file as a cache, you can also delete it; the video is then encoded again.");

    public static TinySoraException Nameless(string path) => new(
        "TinySora.Latent.Nameless", ErrorKind.InvalidData, path,
        $"The name of '{path}' does not identify its autoencoder; "
            + "expected a name such as DATASET__ID_latents_16frames_train.npy, with _tokens_ instead of _latents_ for tokens.",
        "Rename the file; ID is the name of the autoencoder, as in the names of files that Export-TinySoraLatent writes.");

    public static TinySoraException Unusable(string path, string reason, string expected) => new(
        "TinySora.Latent.Unusable", ErrorKind.InvalidData, path,
        $"'{path}' {reason}; expected {expected}.",
        "Create the file again with Export-TinySoraLatent, or specify the autoencoder that the file was created with.");

    public static TinySoraException NoIndices(string path) => new(
        "TinySora.Latent.NoIndices", ErrorKind.InvalidData, path,
        $"'{path}' refers to videos, but has no codebook indices for them (column video_latent_states).",
        "Set clip.video_dir to the folder of the videos, which are then encoded, or create the dataset again with Export-TinySoraDataset -Checkpoint.");

    /// <param name="clip">Name of the first clip with such values.</param>
    public static TinySoraException NotFinite(string path, string clip) => new(
        "TinySora.Latent.NotFinite", ErrorKind.InvalidData, path,
        $"'{path}' contains infinite or NaN values; the first is in the clip '{clip}'.",
        "Create the file again with Export-TinySoraLatent, or find the cause: a model cannot learn from such values.");

    /// <param name="found">Frames, rows and columns of the latents in the file.</param>
    /// <param name="expected">Frames, rows and columns of latents that the configuration requires.</param>
    /// <param name="clip">Frames, height and width in pixels of the encoded clips.</param>
    public static TinySoraException OtherSize(
        string path, (long Frames, long Height, long Width) found, (long Frames, long Height, long Width) expected,
        (long Frames, long Height, long Width) clip) => new(
        "TinySora.Latent.OtherSize", ErrorKind.InvalidData, path,
        $"'{path}' contains clips of {found.Frames} x {found.Height} x {found.Width} (frames, rows, columns of latents or tokens), but the "
            + $"configuration requires {expected.Frames} x {expected.Height} x {expected.Width}.",
        $"Set clip.frames: {clip.Frames} (or clip.source_frames, to train on shorter clips), clip.height: {clip.Height} and clip.width: {clip.Width}, "
            + "or encode the clips again at the configured size.");

    /// <param name="found">Frames, rows and columns of a clip's latents.</param>
    /// <param name="clip">Frames, rows and columns of a clip's pixels.</param>
    public static TinySoraException NoStride(
        string path, (long Frames, long Height, long Width) found, (int Frames, int Height, int Width) clip) => new(
        "TinySora.Latent.NoStride", ErrorKind.InvalidData, path,
        $"The autoencoder of '{path}' is missing, and its stride cannot be computed: the clip size {clip.Frames} x {clip.Height} x {clip.Width} "
            + "(frames, rows, columns of pixels) is not a multiple of the size of the latents or tokens, "
            + $"{found.Frames} x {found.Height} x {found.Width}.",
        "Set clip.frames (or clip.source_frames, to train on shorter clips), clip.height and clip.width to the size at which the clips were encoded, or "
            + "restore the autoencoder.");

    /// <param name="codes">Size of the codebook; <c>null</c> if unknown.</param>
    public static TinySoraException TokenTooLarge(string path, long count, long smallest, long largest, int? codes) => new(
        "TinySora.Latent.TokenTooLarge", ErrorKind.InvalidData, path,
        $"'{path}' contains tokens outside the codebook (number of such tokens: {count}; smallest token: {smallest}; largest token: {largest}). "
            + (codes is null ? "Codes start at 0." : $"The codebook has {codes} codes, counted from 0."),
        "Specify the autoencoder that the tokens were created with. A model trained on such tokens may also sample tokens outside the codebook.");

    public static TinySoraException Empty(string path) => new(
        "TinySora.Latent.Empty", ErrorKind.InvalidData, path,
        $"'{path}' is readable, but contains no clips.",
        "Find out why no clips were written to the file, then create it again with Export-TinySoraLatent or with Export-TinySoraDataset -Checkpoint.");

    public static TinySoraException NoLatents(string path) => new(
        "TinySora.Latent.NoLatents", ErrorKind.ObjectNotFound, path,
        $"'{path}' contains no latents; expected a .npy file, a folder with one .safetensors or .pkl file per video, or an Arrow dataset.",
        "Create latents with Export-TinySoraLatent, or with Export-TinySoraDataset -Checkpoint.");
}
