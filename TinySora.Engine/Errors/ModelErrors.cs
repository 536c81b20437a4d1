namespace TinySora.Engine.Errors;

/// <summary>Errors in networks, text encoders and samplers.</summary>
public static class ModelErrors
{
    public static TinySoraException InputShape(IReadOnlyList<long> shape, int channels, int multiple) => new(
        "TinySora.Model.InputShape", ErrorKind.InvalidData, shape,
        $"The network received a tensor of shape ({string.Join(", ", shape)}); expected (clips, {channels}, frames, height, width) "
            + $"with height and width multiples of {multiple}.",
        $"Set diffusion.height and diffusion.width to multiples of {multiple}, and model.channels to the number of channels in the clips.");

    /// <param name="key">Key that probably makes the model too large.</param>
    /// <param name="value">Value of the key.</param>
    /// <param name="what">What the memory is needed for, such as the model's weights.</param>
    /// <param name="bytes">Lower bound of the required memory in bytes.</param>
    /// <param name="memory">Memory of the machine in bytes.</param>
    public static TinySoraException TooLarge(string key, int value, string what, double bytes, long memory) => new(
        "TinySora.Model.TooLarge", ErrorKind.ResourceUnavailable, key,
        $"{what} take at least {Text.Size(bytes)}, but this machine has {Text.Size(memory)} of memory. The likely cause is {key}, which is {value}.",
        $"Reduce {key}. To see how much memory a configuration needs, use Start-TinySoraTraining -WhatIf.");

    public static TinySoraException LatentShape(IReadOnlyList<long> shape, int channels, int frames, int size) => new(
        "TinySora.Model.LatentShape", ErrorKind.InvalidData, shape,
        $"The transformer received a tensor of shape ({string.Join(", ", shape)}); expected (examples, {channels}, frames, height, width) "
            + $"with frames a multiple of {frames}, and height and width multiples of {size}.",
        "Set the number of frames to a multiple of the autoencoder's temporal stride times model.patch_frames, "
            + "and the height and width to multiples of its spatial stride times model.patch_size.");

    public static TinySoraException SeveralSizes() => new(
        "TinySora.Model.SeveralSizes", ErrorKind.InvalidData, "model.architecture",
        "The data has clips of several sizes, so batches are padded. The architecture unet, dit with model.text_field, and "
            + "diffusion.motion_weight require clips of one size, because they would treat the padding as part of the clip.",
        "Make all clips the same size, or set diffusion.motion_weight to 0 and model.architecture to one that supports padding, such as dit without "
            + "model.text_field.");

    public static TinySoraException NotDivisible(string what, long size, int stride) => new(
        "TinySora.Model.NotDivisible", ErrorKind.InvalidArgument, size,
        $"A clip of {size} {what} cannot be encoded: the number of {what} must be a multiple of {stride}.",
        Text.DescribeNearestMultiples(size, stride));

    public static TinySoraException BlockTooSmall(int block, int needed, int height, int width) => new(
        "TinySora.Model.BlockTooSmall", ErrorKind.InvalidArgument, block,
        $"model.block_size is {block}, but with frames of {height} x {width} tokens, the context and the predicted tokens need {needed} positions.",
        $"Set model.block_size to {needed} or more, or model.use_1d_pos_emb to false.");

    public static TinySoraException TooManyCodes(int codes, int codec) => new(
        "TinySora.Model.TooManyCodes", ErrorKind.InvalidArgument, codes,
        $"model.codes is {codes}, but the autoencoder has {codec} codes.",
        $"Omit model.codes, or set it to the largest token in the data plus one, at most {codec}.");

    public static TinySoraException LevelsDiffer(IEnumerable<int> levels, double product, int codes) => new(
        "TinySora.Model.LevelsDiffer", ErrorKind.InvalidArgument, levels,
        $"model.code_levels [{string.Join(", ", levels)}] give {product:0} codes, but the model has {codes}.",
        "Set model.code_levels to the levels in the autoencoder's configuration, or omit it.");

    public static TinySoraException CodesDiffer(string path, int codes, int expected, int rows) => new(
        "TinySora.Model.CodesDiffer", ErrorKind.InvalidData, path,
        $"'{path}' has weights for {rows} tokens (codes and special tokens), but with model.codes {codes}, the model has {expected} tokens.",
        "Omit model.codes, or set it to the number of codes that the weights were trained with.");

    public static TinySoraException OtherTokens(string clip, (int Frames, int Height, int Width) expected) => new(
        "TinySora.Model.OtherTokens", ErrorKind.InvalidData, clip,
        $"Not all clips in the same batch as '{clip}' have {expected.Frames} x {expected.Height} x {expected.Width} tokens (frames, rows, columns).",
        "Set clip.frames, clip.height and clip.width to the size of your clips in tokens times the autoencoder's stride, and remove clips of other sizes.");

    public static TinySoraException LpipsFilesMissing(string vgg, string lpips) => new(
        "TinySora.Model.LpipsFilesMissing", ErrorKind.ObjectNotFound, File.Exists(vgg) ? lpips : vgg,
        $"LPIPS requires VGG-16 in '{vgg}' and its own linear weights in '{lpips}', but at least one of these files does not exist.",
        "Put torchvision's vgg16-397923af.pth and vgg.pth from LPIPS v0.1 there, or set loss.vgg_path and loss.lpips_path to their paths. To train without "
            + "LPIPS, set loss.perceptual_weight to 0 (train_params.perceptual_weight in a Latte configuration).");

    /// <param name="what">What the file contains: VGG-16, or the linear weights of LPIPS.</param>
    public static TinySoraException LpipsFileNamed(string what, string path) => new(
        "TinySora.Model.LpipsFileNamed", ErrorKind.ObjectNotFound, path,
        $"LPIPS requires {what}, but the file '{path}' does not exist.",
        "Specify torchvision's vgg16-397923af.pth with -VggPath and vgg.pth from LPIPS v0.1 with -LpipsPath, or omit -VggPath to skip LPIPS.");

    /// <param name="keys">Configuration keys for the folder and the encoder; <c>null</c> if the folder does not come from a configuration.</param>
    public static TinySoraException EncoderFilesMissing(
        string encoder, string folder, IReadOnlyList<string> missing, (string Path, string Encoder)? keys) => new(
        "TinySora.Model.EncoderFilesMissing", ErrorKind.ObjectNotFound, folder,
        $"The text encoder '{encoder}' cannot be loaded, because the folder '{folder}' does not contain {string.Join(", ", missing)}.",
        "Put the encoder's files there in the Hugging Face layout"
            + (keys is var (path, kind) ? $", set {path} to another folder with these files, or set {kind} to learned, which needs no files" : "")
            + ". For a trained model, you can also put a folder of the same name next to its checkpoint.");

    public static TinySoraException EncoderDamaged(string encoder, string folder, IEnumerable<string> vocabularyFiles, Exception inner) => new(
        "TinySora.Model.EncoderDamaged", ErrorKind.InvalidData, folder,
        $"The files of the text encoder '{encoder}' in '{folder}' do not form a valid encoder: {inner.Message}",
        $"Download the encoder's files again; {string.Join(", ", vocabularyFiles)}, config.json and the weights must belong to the same model.", inner);

    public static TinySoraException CodecMissing(string path, string key)
    {
        var (preset, shipped) = key == "tokens.codec" ? ("shapes-fsq", "clips-fsq") : ("shapes-vae", "clips-vae");
        return new(
            "TinySora.Model.CodecMissing", ErrorKind.ObjectNotFound, path,
            $"The autoencoder '{path}' does not exist. {key} must be a local folder or checkpoint, because autoencoders are not downloaded.",
            $"Train one first, for example with Start-TinySoraTraining {preset}, or use the bundled one: Start-TinySoraTraining "
                + $"-Set @{{ '{key}' = '{shipped}' }}. A trained model needs exactly the autoencoder that it was trained with, "
                + "so restore that autoencoder, or put it next to the checkpoint.");
    }

    public static TinySoraException OtherCodec(string path, string key) => new(
        "TinySora.Model.OtherCodec", ErrorKind.InvalidData, path,
        $"The autoencoder '{path}' is not the one whose latents this model was trained on.",
        $"Set {key} to the checkpoint of the autoencoder that was used in training, or put that checkpoint next to the model's checkpoint.");

    public static TinySoraException TeacherMissing(string path) => new(
        "TinySora.Model.TeacherMissing", ErrorKind.ObjectNotFound, path,
        $"The teacher '{path}' does not exist. diffusion.teacher must be a checkpoint or a run's folder, and is needed until training ends.",
        "Train the teacher first, for example with Start-TinySoraTraining shapes-lean, or restore it. Then set diffusion.teacher to its path, "
            + "as in Start-TinySoraTraining -Set @{ 'diffusion.teacher' = 'folder' }.");

    public static TinySoraException OtherTeacher(string path, IReadOnlyList<string> differences) => new(
        "TinySora.Model.OtherTeacher", ErrorKind.InvalidData, path,
        $"The model in '{path}' cannot be the teacher of this one: {string.Join("; ", differences)}.",
        "Give this model the same network, clips, vocabulary, noise levels and autoencoder, or set diffusion.teacher to another checkpoint.");

    /// <param name="found">First characters of the hash of the autoencoder that encoded the data.</param>
    /// <param name="trained">First characters of the hash of the autoencoder that the model was trained with.</param>
    public static TinySoraException OtherLatents(string found, string trained) => new(
        "TinySora.Model.OtherLatents", ErrorKind.InvalidData, found,
        $"The data was encoded with the autoencoder {found}, but this model was trained on latents of the autoencoder {trained}.",
        $"Train the model on data that was encoded with {trained}, or train a new model on this data with Start-TinySoraTraining -Force.");

    public static TinySoraException UnknownClass(string prompt, IReadOnlyList<string> classes) => new(
        "TinySora.Model.UnknownClass", ErrorKind.InvalidArgument, prompt,
        $"The model has no class '{prompt}'.",
        $"Use one of its classes: {string.Join(", ", classes)}.");

    public static TinySoraException TooManyClasses(int found, int classes) => new(
        "TinySora.Model.TooManyClasses", ErrorKind.InvalidData, found,
        $"The captions of the data contain {found} classes, but model.num_classes is {classes}.",
        $"Set model.num_classes to {found}, or train on clips with fewer distinct captions. Each distinct caption is a class.");

    public static TinySoraException NoStates() => new(
        "TinySora.Model.NoStates", ErrorKind.InvalidData, "text.encoder",
        "The model reads text embeddings from the data, because text.encoder is none, but the data has no text embeddings.",
        "Train on Arrow parts written by Export-TinySoraDataset, or set text.encoder to learned, clip or bert.");

    public static TinySoraException StatesWidth(long found, int expected, bool hasEncoder) => new(
        "TinySora.Model.StatesWidth", ErrorKind.InvalidData, found,
        $"The data has text embeddings of width {found}, but the model requires width {expected}.",
        hasEncoder ? "Set text.encoder and text.path to the encoder that computed the embeddings, or train on clips with captions."
            : $"Set text.width to {found}.");

    public static TinySoraException PromptsNeedEncoder() => new(
        "TinySora.Model.PromptsNeedEncoder", ErrorKind.InvalidOperation, "text.encoder",
        "The model was trained on text embeddings from the data and has no encoder for prompts.",
        "Resume training with the encoder that computed the embeddings: Start-TinySoraTraining -Set @{ 'text.encoder' = 'clip'; 'text.path' = 'folder' }.");

    public static TinySoraException PromptCropped(string prompt, int tokens, int most) => new(
        "TinySora.Model.PromptCropped", ErrorKind.InvalidArgument, prompt,
        $"'{prompt}' has {tokens} tokens, but the model reads at most {most}.",
        "Shorten the prompt, or train a model with a larger text.max_tokens.");

    public static TinySoraException NotWholePatches(string what, int size, int unit) => new(
        "TinySora.Model.NotWholePatches", ErrorKind.InvalidArgument, size,
        $"The model cannot generate clips of {size} {what}: for the autoencoder and the network, the number of {what} must be a multiple of {unit}.",
        Text.DescribeNearestMultiples(size, unit));

    public static TinySoraException OtherEncoder(string folder) => new(
        "TinySora.Model.OtherEncoder", ErrorKind.InvalidData, folder,
        $"The text encoder in '{folder}' is not the one that this model was trained with.",
        "Put the files that were used in training there, or put their folder next to the checkpoint.");

    public static TinySoraException VocabularyMissing(string key) => new(
        "TinySora.Model.VocabularyMissing", ErrorKind.InvalidData, key,
        $"The checkpoint has no readable vocabulary for its learned text encoder (metadata key '{key}').",
        "Use a complete checkpoint written by TinySora, or train again.");

    public static TinySoraException DescriptionDamaged(string key, string text, string expected) => new(
        "TinySora.Model.DescriptionDamaged", ErrorKind.InvalidData, key,
        $"In the model file's metadata, '{key}' is {Text.Quote(text)}, but must be a JSON list of {expected}.",
        "Copy the file again, or use an earlier checkpoint (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException UnknownSampler(string name, IEnumerable<string> known) => new(
        "TinySora.Model.UnknownSampler", ErrorKind.InvalidArgument, name,
        $"There is no sampler '{name}'.",
        $"Use one of {string.Join(", ", known)}.");

    public static TinySoraException StepsOutOfRange(int steps, int timesteps) => new(
        "TinySora.Model.StepsOutOfRange", ErrorKind.InvalidArgument, steps,
        $"The number of sampling steps is {steps}, but must be from 1 to {timesteps}, the model's number of timesteps.",
        $"Use 1 to {timesteps} steps.");

    public static TinySoraException EtaUnused(string sampler) => new(
        "TinySora.Model.EtaUnused", ErrorKind.InvalidArgument, sampler,
        $"The sampler {sampler} does not use eta.",
        "Omit eta, or use the sampler ddim.");

    public static TinySoraException EtaOutOfRange(double eta) => new(
        "TinySora.Model.EtaOutOfRange", ErrorKind.InvalidArgument, eta,
        FormattableString.Invariant($"eta is {eta}, but must be from 0 to 1."),
        "Use a number from 0 (deterministic) to 1 (as much new noise as ddpm).");

    public static TinySoraException WeightsNeedMean(string prompt, string vector) => new(
        "TinySora.Model.WeightsNeedMean", ErrorKind.InvalidArgument, prompt,
        $"Weights on parts of '{prompt}' have no effect: this model uses {vector}, not a mean over tokens.",
        "Remove the weights. They are supported by U-Nets and token models with a learned text encoder or with the mean of BERT's vectors. "
            + "For literal parentheses, write \\( and \\).");

    public static TinySoraException TakesNoText(string parameter) => new(
        "TinySora.Model.TakesNoText", ErrorKind.InvalidArgument, parameter,
        $"{parameter} was specified, but this model was trained without text.",
        "Omit this text, or use a model with a text encoder.");

    public static TinySoraException TakesNoVectors() => new(
        "TinySora.Model.TakesNoVectors", ErrorKind.InvalidArgument, "Condition",
        "A condition vector was specified, but this model does not accept condition vectors: it uses prompts or is unconditional.",
        "Omit the vector, or use a model trained with condition vectors.");

    public static TinySoraException VectorWidth(int width, int expected) => new(
        "TinySora.Model.VectorWidth", ErrorKind.InvalidArgument, width,
        $"A condition vector of {width} numbers was specified, but this model requires {expected} finite numbers (model.cond_dim).",
        $"Use a vector of {expected} finite numbers.");
}
