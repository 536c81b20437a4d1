# A U-Net over pixels, with a vector of the text for each frame and a field of it for each place.
@{
    Preset = 'shapes-small'
    Clips = 10000
}
