# A GPT with 80 tokens per clip from the bundled autoencoder, which has 4096 codes.
@{
    Preset = 'shapes-gpt'
    Clips = 10000
}
