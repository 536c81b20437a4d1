# shapes-quick with even less noise than quick-shift-3.
@{
    Preset = 'shapes-quick'
    Set = @{ 'diffusion.noise_shift' = 2 }
    Clips = 10000
}
