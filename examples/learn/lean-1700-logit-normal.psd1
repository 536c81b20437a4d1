# lean-1700 with most levels of noise near the middle of the schedule.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'diffusion.levels' = 'logit_normal'; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}
