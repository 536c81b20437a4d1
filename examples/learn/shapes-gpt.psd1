# The GPT over 80 tokens a clip, whose 4096 codes share the vectors of their levels.
@{
    Preset = 'shapes-gpt'
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}
