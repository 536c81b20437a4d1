# A U-Net with 24 features over the latents of the bundled autoencoder.
@{
    Preset = 'shapes-lean'
    Clips = 10000
}
