# The demo's preset with errors counted as those of the velocity: little noise counts more.
@{
    Preset = 'shapes-quick'
    Set = @{ 'diffusion.objective' = 'flow-x0'; 'diffusion.sampler' = 'euler' }
    Clips = 10000
}
