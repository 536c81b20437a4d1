# lean-1700 with logit-normal noise levels, mostly near the middle of the schedule.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'diffusion.levels' = 'logit_normal'; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}
