# The demo's preset at less noise: more of the training is where outlines are drawn.
@{
    Preset = 'shapes-quick'
    Set = @{ 'diffusion.noise_shift' = 3 }
    Clips = 10000
}
