# The Mamba with learned positions over the same tokens.
@{
    Preset = 'shapes-mamba'
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}
