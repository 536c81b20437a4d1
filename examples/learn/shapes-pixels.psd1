# A U-Net of 24 features over blocks of 2 x 2 pixels, with no autoencoder.
@{
    Preset = 'shapes-pixels'
    Clips = 10000
}
