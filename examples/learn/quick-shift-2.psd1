# The demo's preset at still less noise.
@{
    Preset = 'shapes-quick'
    Set = @{ 'diffusion.noise_shift' = 2 }
    Clips = 10000
}
