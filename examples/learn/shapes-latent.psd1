# The transformer over latents of the bundled autoencoder: it predicts x0, trains at high noise, and has a convolution over neighboring patches.
@{
    Preset = 'shapes-latent'
    Clips = 10000
}
