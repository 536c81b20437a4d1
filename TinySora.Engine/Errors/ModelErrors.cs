namespace TinySora.Engine.Errors;

/// <summary>What can go wrong with networks, text encoders and samplers.</summary>
public static class ModelErrors
{
    public static TinySoraException InputShape(IReadOnlyList<long> shape, int channels, int multiple) => new(
        "TinySora.Model.InputShape", ErrorKind.InvalidData, shape,
        $"The network got a tensor of shape ({string.Join(", ", shape)}); it takes (clips, {channels}, frames, height, width) "
            + $"with height and width in multiples of {multiple}.",
        "Set diffusion.height to such a multiple, and model.channels to the clips' channels.");

    /// <param name="key">The key that makes the model so large.</param>
    /// <param name="what">Takes the bytes.</param>
    /// <param name="bytes">At least.</param>
    public static TinySoraException TooLarge(string key, int value, string what, double bytes, long memory) => new(
        "TinySora.Model.TooLarge", ErrorKind.ResourceUnavailable, key,
        $"{what} take {Gigabytes(bytes)} or more, and this machine has {Gigabytes(memory)} of memory; {key} is {value}.",
        $"Make {key} smaller; `Start-TinySoraTraining -WhatIf` says what a configuration takes.");

    public static TinySoraException LatentShape(IReadOnlyList<long> shape, int channels, int frames, int size) => new(
        "TinySora.Model.LatentShape", ErrorKind.InvalidData, shape,
        $"The transformer got a tensor of shape ({string.Join(", ", shape)}); it takes (examples, {channels}, frames, height, width) "
            + $"with frames in multiples of {frames}, height and width in multiples of {size}.",
        "Choose frames and a size that the codec's stride times model.patch_frames and model.patch_size divide.");

    public static TinySoraException SeveralSizes() => new(
        "TinySora.Model.SeveralSizes", ErrorKind.InvalidData, "model.architecture",
        "The data has clips of several sizes, and a batch of them is padded. A unet, a dit with model.text_field, and diffusion.motion_weight need "
            + "clips of one size: they would take the padding for a part of the clip.",
        "Choose another model.architecture, such as dit without model.text_field, with diffusion.motion_weight 0, or make the clips one size.");

    public static TinySoraException NotDivisible(string what, long size, int stride) => new(
        "TinySora.Model.NotDivisible", ErrorKind.InvalidArgument, size,
        $"A clip of {size} {what} cannot be encoded: the model takes multiples of {stride}.",
        Text.Nearest(size, stride));

    public static TinySoraException BlockTooSmall(int block, int needed, int height, int width) => new(
        "TinySora.Model.BlockTooSmall", ErrorKind.InvalidArgument, block,
        $"model.block_size is {block}, and with frames of {height} x {width} tokens a context and what is predicted need {needed} positions.",
        $"Set model.block_size to {needed} or more, or model.use_1d_pos_emb to false.");

    public static TinySoraException TooManyCodes(int codes, int codec) => new(
        "TinySora.Model.TooManyCodes", ErrorKind.InvalidArgument, codes,
        $"model.codes is {codes}, and the autoencoder has {codec}.",
        $"Leave it out, or set it to the largest token of the data and one, {codec} at most.");

    public static TinySoraException LevelsDiffer(IEnumerable<int> levels, double product, int codes) => new(
        "TinySora.Model.LevelsDiffer", ErrorKind.InvalidArgument, levels,
        $"model.code_levels [{string.Join(", ", levels)}] make {product:0} codes, and there are {codes}.",
        "Give the levels of the autoencoder's channels, as its configuration has them, or leave model.code_levels out.");

    public static TinySoraException CodesDiffer(string path, int codes, int expected, int rows) => new(
        "TinySora.Model.CodesDiffer", ErrorKind.InvalidData, path,
        $"'{path}' has {rows} tokens, codes and special ones, and with model.codes {codes} there would be {expected}.",
        "Leave model.codes out, or set it to the number of codes that the weights were trained with.");

    public static TinySoraException OtherTokens(string clip, (int Frames, int Height, int Width) expected) => new(
        "TinySora.Model.OtherTokens", ErrorKind.InvalidData, clip,
        $"The clips around '{clip}' are not all of {expected.Frames} x {expected.Height} x {expected.Width} tokens.",
        "Say the size of the clips in the section clip: frames, height and width times the codec's stride, and leave other clips out.");

    public static TinySoraException LpipsFilesMissing(string vgg, string lpips) => new(
        "TinySora.Model.LpipsFilesMissing", ErrorKind.ObjectNotFound, File.Exists(vgg) ? lpips : vgg,
        $"LPIPS needs VGG-16 in '{vgg}' and its linear weights in '{lpips}'.",
        "Put torchvision's vgg16-397923af.pth and vgg.pth of LPIPS v0.1 there. A training finds them in loss.vgg_path and loss.lpips_path, and with "
            + "loss.perceptual_weight: 0 (perceptual_weight: 0) it needs none.");

    /// <param name="what">VGG-16, or its linear weights.</param>
    public static TinySoraException LpipsFileNamed(string what, string path) => new(
        "TinySora.Model.LpipsFileNamed", ErrorKind.ObjectNotFound, path,
        $"LPIPS needs {what}, and there is no file '{path}'.",
        "Name torchvision's vgg16-397923af.pth with -VggPath and vgg.pth of LPIPS v0.1 with -LpipsPath, or leave -VggPath out: the rest is measured without.");

    /// <param name="keys">Those of a configuration that name the folder and the encoder; null: the folder is not from there.</param>
    public static TinySoraException EncoderFilesMissing(
        string encoder, string folder, IReadOnlyList<string> missing, (string Path, string Encoder)? keys) => new(
        "TinySora.Model.EncoderFilesMissing", ErrorKind.ObjectNotFound, folder,
        $"The text encoder '{encoder}' needs {string.Join(", ", missing)} in the folder '{folder}'.",
        "Put the encoder's files there in the Hugging Face layout"
            + (keys is var (path, kind) ? $", name their folder in {path}, or set {kind}: learned, which needs no files" : "")
            + ". A trained model also finds a folder of that name beside its checkpoint.");

    public static TinySoraException EncoderDamaged(string encoder, string folder, IEnumerable<string> vocabularyFiles, Exception inner) => new(
        "TinySora.Model.EncoderDamaged", ErrorKind.InvalidData, folder,
        $"The files of the text encoder '{encoder}' in '{folder}' do not make one: {inner.Message}",
        $"Get the encoder's files again; {string.Join(", ", vocabularyFiles)}, config.json and the weights must be of one model.", inner);

    public static TinySoraException CodecMissing(string path, string key)
    {
        var (preset, shipped) = key == "tokens.codec" ? ("shapes-fsq", "clips-fsq") : ("shapes-vae", "clips-vae");
        return new(
            "TinySora.Model.CodecMissing", ErrorKind.ObjectNotFound, path,
            $"The autoencoder '{path}' of {key} is not there: it is a folder or a checkpoint of this machine, since nothing is downloaded.",
            $"Train one first, as with Start-TinySoraTraining {preset}, or take the one that comes with the module: Start-TinySoraTraining "
                + $"-Set @{{ '{key}' = '{shipped}' }}. A model that has learned from it wants this very one: put it back, or beside the model's checkpoint.");
    }

    public static TinySoraException OtherCodec(string path, string key) => new(
        "TinySora.Model.OtherCodec", ErrorKind.InvalidData, path,
        $"The autoencoder '{path}' is not the one whose latents this model was trained on.",
        $"Set {key} to the checkpoint that was used in training, or put it beside this one.");

    public static TinySoraException TeacherMissing(string path) => new(
        "TinySora.Model.TeacherMissing", ErrorKind.ObjectNotFound, path,
        $"The teacher '{path}' of diffusion.teacher is not there: it is a checkpoint or the folder of a run, which this training learns from until its end.",
        "Train it first, as with Start-TinySoraTraining shapes-lean, or put it back. Then say where it is in diffusion.teacher, "
            + "as Start-TinySoraTraining -Set @{ 'diffusion.teacher' = 'folder' } does.");

    public static TinySoraException OtherTeacher(string path, IReadOnlyList<string> differences) => new(
        "TinySora.Model.OtherTeacher", ErrorKind.InvalidData, path,
        $"The model in '{path}' cannot teach this one: {string.Join("; ", differences)}.",
        "Give this model the teacher's network, clips, words, noise levels and autoencoder, or name another checkpoint in diffusion.teacher.");

    /// <param name="found">The beginning of a hash, as <paramref name="trained"/>.</param>
    public static TinySoraException OtherLatents(string found, string trained) => new(
        "TinySora.Model.OtherLatents", ErrorKind.InvalidData, found,
        $"The data is of the autoencoder {found}, and this model was trained on what {trained} makes of clips.",
        "Train it on data of that autoencoder, or a new model on this data, with Start-TinySoraTraining -Force.");

    public static TinySoraException UnknownClass(string prompt, IReadOnlyList<string> classes) => new(
        "TinySora.Model.UnknownClass", ErrorKind.InvalidArgument, prompt,
        $"The model knows no class '{prompt}'.",
        $"It knows {string.Join(", ", classes)}.");

    public static TinySoraException TooManyClasses(int found, int classes) => new(
        "TinySora.Model.TooManyClasses", ErrorKind.InvalidData, found,
        $"The captions of the data name {found} classes, and model.num_classes is {classes}.",
        $"Set model.num_classes to {found}, or train on clips of fewer classes. Each caption that differs is a class.");

    public static TinySoraException NoStates() => new(
        "TinySora.Model.NoStates", ErrorKind.InvalidData, "text.encoder",
        "The model finds its texts' states in the data (text.encoder none), and this data has none.",
        "Train on Arrow parts of Export-TinySoraDataset, or set text.encoder to learned, clip or bert.");

    public static TinySoraException StatesWidth(long found, int expected, bool hasEncoder) => new(
        "TinySora.Model.StatesWidth", ErrorKind.InvalidData, found,
        $"The data has states of texts of width {found}, and the model takes such of {expected}.",
        hasEncoder ? "Name the encoder that made them in text.encoder and text.path, or train on clips with captions."
            : $"Set text.width to {found}.");

    public static TinySoraException PromptsNeedEncoder() => new(
        "TinySora.Model.PromptsNeedEncoder", ErrorKind.InvalidOperation, "text.encoder",
        "The model was trained on states of texts and has no encoder for prompts.",
        "Name the one that made the states when the training is resumed: Start-TinySoraTraining -Set @{ 'text.encoder' = 'clip'; 'text.path' = 'folder' }.");

    public static TinySoraException PromptCropped(string prompt, int tokens, int most) => new(
        "TinySora.Model.PromptCropped", ErrorKind.InvalidArgument, prompt,
        $"'{prompt}' has {tokens} tokens; the model reads {most}.",
        "Shorten it, or train a model with a larger text.max_tokens.");

    public static TinySoraException NotWholePatches(string what, int size, int unit) => new(
        "TinySora.Model.NotWholePatches", ErrorKind.InvalidArgument, size,
        $"The model makes no clips of {size} {what}: the autoencoder and the network take multiples of {unit}.",
        Text.Nearest(size, unit));

    public static TinySoraException OtherEncoder(string folder) => new(
        "TinySora.Model.OtherEncoder", ErrorKind.InvalidData, folder,
        $"The text encoder in '{folder}' is not the one that this model was trained with.",
        "Put the files that were used in training there, or their folder beside the checkpoint.");

    public static TinySoraException VocabularyMissing(string key) => new(
        "TinySora.Model.VocabularyMissing", ErrorKind.InvalidData, key,
        $"The checkpoint carries no readable vocabulary of its learned text encoder (metadata key '{key}').",
        "Use a checkpoint that this program wrote completely, or train anew.");

    public static TinySoraException DescriptionDamaged(string key, string text, string expected) => new(
        "TinySora.Model.DescriptionDamaged", ErrorKind.InvalidData, key,
        $"The metadata of the model's file has {Text.Quote(text)} as '{key}'; expected a JSON list of {expected}.",
        "Copy the file again, or use an earlier checkpoint (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException UnknownSampler(string name, IEnumerable<string> known) => new(
        "TinySora.Model.UnknownSampler", ErrorKind.InvalidArgument, name,
        $"There is no sampler '{name}'.",
        $"Take one of: {string.Join(", ", known)}.");

    public static TinySoraException StepsOutOfRange(int steps, int timesteps) => new(
        "TinySora.Model.StepsOutOfRange", ErrorKind.InvalidArgument, steps,
        $"{steps} sampling steps were asked for; there are {timesteps} noise levels to go through.",
        $"Ask for 1 to {timesteps} steps.");

    public static TinySoraException EtaUnused(string sampler) => new(
        "TinySora.Model.EtaUnused", ErrorKind.InvalidArgument, sampler,
        $"The sampler {sampler} has no eta.",
        "Leave eta out, or take the sampler ddim.");

    public static TinySoraException EtaOutOfRange(double eta) => new(
        "TinySora.Model.EtaOutOfRange", ErrorKind.InvalidArgument, eta,
        FormattableString.Invariant($"eta is {eta}; it is a share of new noise from 0 to 1."),
        "Give 0 (deterministic) to 1 (as much new noise as ddpm).");

    public static TinySoraException WeightsNeedMean(string prompt, string vector) => new(
        "TinySora.Model.WeightsNeedMean", ErrorKind.InvalidArgument, prompt,
        $"Weights on parts of '{prompt}' cannot act: this model takes {vector}, which is no mean over words.",
        "Leave the weights out, or train a model with a learned text encoder, or with the mean of BERT's vectors. "
            + "To mean plain parentheses write \\( and \\).");

    public static TinySoraException TakesNoText(string parameter) => new(
        "TinySora.Model.TakesNoText", ErrorKind.InvalidArgument, parameter,
        $"{parameter} was given, but this model was trained without text.",
        $"Leave {parameter} out, or use a model with a text encoder.");

    public static TinySoraException TakesNoVectors() => new(
        "TinySora.Model.TakesNoVectors", ErrorKind.InvalidArgument, "Condition",
        "A condition vector was given, but this model takes none: it goes by prompts, or by nothing at all.",
        "Leave the vector out, or use a model that was trained on vectors beside its clips.");

    public static TinySoraException VectorWidth(int width, int expected) => new(
        "TinySora.Model.VectorWidth", ErrorKind.InvalidArgument, width,
        $"A condition vector of {width} numbers was given; this model takes {expected} (model.cond_dim), each finite.",
        $"Give {expected} numbers.");

    private static string Gigabytes(double bytes) => FormattableString.Invariant($"{bytes / 1e9:#,##0.0} GB");
}
