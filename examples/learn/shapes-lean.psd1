# A U-Net over the latents of the autoencoder that comes along, for the arithmetic of quick-5600.
@{
    Preset = 'shapes-lean'
    Clips = 10000
}
