# The GPT over tokens of the autoencoder that comes along, whose codes share the vectors of their levels.
@{
    Preset = 'shapes-gpt'
    Clips = 10000
}
