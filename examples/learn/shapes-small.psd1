# A U-Net over pixels, with text conditioning per frame and spatial text conditioning.
@{
    Preset = 'shapes-small'
    Clips = 10000
}
