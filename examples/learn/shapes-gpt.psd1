# A GPT over 80 tokens a clip of the bundled autoencoder, 4096 codes.
@{
    Preset = 'shapes-gpt'
    Clips = 10000
}
