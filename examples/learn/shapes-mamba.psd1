# The Mamba with learned positions over tokens of shapes-fsq, in batches of 8, which draws among the likeliest.
@{
    Preset = 'shapes-mamba'
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}
