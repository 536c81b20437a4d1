# shapes-quick with less noise: more training at the levels that decide outlines.
@{
    Preset = 'shapes-quick'
    Set = @{ 'diffusion.noise_shift' = 3 }
    Clips = 10000
}
