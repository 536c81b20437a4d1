namespace TinySora.Engine.Errors;

/// <summary>What can go wrong with latents and tokens of clips, and with the files that hold them.</summary>
public static class LatentErrors
{
    internal const string TooShortId = "TinySora.Latent.TooShort";

    public static TinySoraException NoCodec(string path, string family) => new(
        "TinySora.Latent.NoCodec", ErrorKind.InvalidArgument, path,
        $"'{path}' is of the family {family}, which makes no latents of clips.",
        "Name the checkpoint of an autoencoder.");

    public static TinySoraException TooShort(string path, int frames, int wanted) => new(
        TooShortId, ErrorKind.InvalidData, path,
        $"'{path}' has {frames} frames, fewer than the {wanted} that are encoded.",
        "Take a longer clip, or encode fewer frames.");

    public static TinySoraException NoQuantizer(string path) => new(
        "TinySora.Latent.NoQuantizer", ErrorKind.InvalidArgument, path,
        $"'{path}' quantizes nothing: its latents are numbers and no places in a codebook, so that there are no tokens.",
        "Take clips-fsq, which comes with the module, or train an autoencoder that quantizes, as shapes-fsq does: a variant whose name ends in _vq or "
            + "_fsq, s4t4_b_vq in place of s8_b or s4t4_b. Without tokens latents can be had.");

    public static TinySoraException NoPosterior(string path) => new(
        "TinySora.Latent.NoPosterior", ErrorKind.InvalidArgument, path,
        $"'{path}' gives no distribution of latents: there is no mean and variance to keep, and nothing to draw from.",
        "Train a variational autoencoder, such as vae_s4t4_b, or take what it makes of clips as it is: Export-TinySoraLatent without -Sample.");

    public static TinySoraException FramesNeeded(string path) => new(
        "TinySora.Latent.FramesNeeded", ErrorKind.InvalidArgument, path,
        $"'{path}' takes single frames, so that clips may have any number of them; in one .npy file all have the same.",
        "Say with -Frames how many, or write a file for each video with -As PerVideo.");

    public static TinySoraException OtherCodec(string path, string found, string expected) => new(
        "TinySora.Latent.OtherCodec", ErrorKind.InvalidData, path,
        $"'{path}' was made with the autoencoder {found}, and the one that is opened is {expected}.",
        $"Name the checkpoint that it was made with. If it is this one under the name of another program, call its folder '{found}', or write {expected} "
            + $"for {found} in the file's name; ConvertFrom-TinySoraLatent -ModelId {found} reads it as it is. A file "
            + "that was saved for training on its film may also be deleted: the film is then encoded anew.");

    public static TinySoraException Nameless(string path) => new(
        "TinySora.Latent.Nameless", ErrorKind.InvalidData, path,
        $"'{path}' does not say with which autoencoder it was made; expected a name like DATASET__ID_latents_16frames_train.npy, or with _tokens_.",
        "Rename it so that it does.");

    public static TinySoraException Unusable(string path, string reason, string expected) => new(
        "TinySora.Latent.Unusable", ErrorKind.InvalidData, path,
        $"'{path}' {reason}; expected {expected}.",
        "Make the file anew with Export-TinySoraLatent, or name the autoencoder that it was made with.");

    public static TinySoraException NoIndices(string path) => new(
        "TinySora.Latent.NoIndices", ErrorKind.InvalidData, path,
        $"'{path}' names films and has no codebook indices of them (video_latent_states).",
        "Say in clip.video_dir where the films are, which are then encoded, or make the parts anew with Export-TinySoraDataset -Checkpoint.");

    /// <param name="clip">The first where it is so.</param>
    public static TinySoraException NotFinite(string path, string clip) => new(
        "TinySora.Latent.NotFinite", ErrorKind.InvalidData, path,
        $"'{path}' holds numbers that are infinite or none (NaN), in '{clip}' for one.",
        "Make the file anew with Export-TinySoraLatent, or find out what became of the numbers: a model that is trained on them learns nothing.");

    /// <param name="found">Of the file's clips: frames, rows and columns of latents.</param>
    /// <param name="expected">The same of the configuration's.</param>
    /// <param name="clip">In frames and pixels, what the file's clips were.</param>
    public static TinySoraException OtherSize(
        string path, (long Frames, long Height, long Width) found, (long Frames, long Height, long Width) expected,
        (long Frames, long Height, long Width) clip) => new(
        "TinySora.Latent.OtherSize", ErrorKind.InvalidData, path,
        $"'{path}' holds clips of {found.Frames} x {found.Height} x {found.Width} (frames, rows, columns of latents or tokens); those of the "
            + $"configuration have {expected.Frames} x {expected.Height} x {expected.Width}.",
        $"Set clip.frames: {clip.Frames} (or clip.source_frames, for shorter clips out of them), clip.height: {clip.Height} and clip.width: {clip.Width}, "
            + "or encode the clips anew in the size that is wanted.");

    /// <param name="found">Of a clip: frames, rows and columns of latents.</param>
    /// <param name="clip">In frames, rows and columns of pixels.</param>
    public static TinySoraException NoStride(
        string path, (long Frames, long Height, long Width) found, (int Frames, int Height, int Width) clip) => new(
        "TinySora.Latent.NoStride", ErrorKind.InvalidData, path,
        $"The autoencoder of '{path}' is not there, and clips of {clip.Frames} x {clip.Height} x {clip.Width} (frames, rows, columns) cannot be those of "
            + $"its {found.Frames} x {found.Height} x {found.Width} latents or tokens, since they are no multiples.",
        "Set clip.frames (or clip.source_frames, for shorter clips out of them), clip.height and clip.width to the size that the clips were encoded in, or "
            + "put the autoencoder back in its place.");

    /// <param name="codes">Null: not known.</param>
    public static TinySoraException TokenTooLarge(string path, long count, long smallest, long largest, int? codes) => new(
        "TinySora.Latent.TokenTooLarge", ErrorKind.InvalidData, path,
        $"'{path}' has {count} tokens that stand for no code (the smallest is {smallest}, the largest {largest}); "
            + (codes is null ? "codes are counted from 0." : $"the codebook has {codes} codes, counted from 0."),
        "Name the autoencoder that the tokens were made with; a model that was trained on them may also sample such as stand for no code.");

    public static TinySoraException Empty(string path) => new(
        "TinySora.Latent.Empty", ErrorKind.InvalidData, path,
        $"'{path}' can be read, and there is no clip in it.",
        "Find out why what made it found no clips, and make it anew, with Export-TinySoraLatent or with Export-TinySoraDataset -Checkpoint.");

    public static TinySoraException NoLatents(string path) => new(
        "TinySora.Latent.NoLatents", ErrorKind.ObjectNotFound, path,
        $"'{path}' holds no latents; looked for a .npy file, a folder with a .safetensors or .pkl file for each video, and an Arrow dataset.",
        "Make some with Export-TinySoraLatent, or with Export-TinySoraDataset -Checkpoint.");
}
