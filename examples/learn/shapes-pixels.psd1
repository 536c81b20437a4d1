# A U-Net with 24 features over blocks of 2 x 2 pixels, without an autoencoder.
@{
    Preset = 'shapes-pixels'
    Clips = 10000
}
