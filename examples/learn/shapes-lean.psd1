# A U-Net of 24 features over the latents of the autoencoder that comes along.
@{
    Preset = 'shapes-lean'
    Clips = 10000
}
