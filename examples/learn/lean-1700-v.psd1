# lean-1700 with objective v.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'diffusion.objective' = 'v'; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}
