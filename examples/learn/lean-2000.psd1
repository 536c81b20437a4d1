# shapes-lean with 32 features, four times as many on the lowest level, and more noise, in 2000 steps of 16 clips.
@{
    Preset = 'shapes-lean'
    Set = @{
        'unet.dim' = 32; 'diffusion.noise_shift' = 6
        'unet.dim_mults' = @(1, 2, 4); 'trainer.train_batch_size' = 16; 'trainer.train_num_steps' = 2000
        'trainer.train_lr' = 0.002; 'trainer.adam_beta2' = 0.99; 'trainer.warmup_steps' = 100
    }
    Clips = 10000
}
