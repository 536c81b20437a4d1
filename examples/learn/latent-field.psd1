# latent-conv with a field of text: text, frame, row and column of a patch go through a small network into it.
@{
    Preset = 'shapes-latent'
    Set = @{
        'model.rotary' = $true; 'model.text_field' = $true; 'diffusion.noise_shift' = 4
        'diffusion.sampling_steps' = 12; 'trainer.train_num_steps' = 2000
    }
    Clips = 10000
}
