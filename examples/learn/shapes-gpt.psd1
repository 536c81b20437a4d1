# The GPT over tokens of shapes-fsq, 125 codes, which are drawn among the likeliest.
@{
    Preset = 'shapes-gpt'
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}
