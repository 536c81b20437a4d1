# The U-Net over pixels in twice its steps, sampled in 24 with fresh noise in each and guided by less: 238 TFLOP.
@{
    Preset = 'shapes-small'
    Set = @{
        'trainer.train_num_steps' = 6000; 'diffusion.guidance_scale' = 1.5; 'diffusion.sampling_steps' = 24; 'diffusion.ddim_eta' = 1
    }
    Clips = 10000
}
