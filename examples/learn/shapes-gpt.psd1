# A GPT over 80 tokens a clip of the autoencoder that comes along, 4096 codes.
@{
    Preset = 'shapes-gpt'
    Clips = 10000
}
