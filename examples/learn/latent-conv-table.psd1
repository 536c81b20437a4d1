# latent-conv-v with a table of added position embeddings instead of rotary embeddings.
@{
    Preset = 'shapes-latent'
    Set = @{
        'diffusion.objective' = 'v'
        'diffusion.sampling_steps' = 12; 'trainer.train_num_steps' = 2000
    }
    Clips = 10000
}
